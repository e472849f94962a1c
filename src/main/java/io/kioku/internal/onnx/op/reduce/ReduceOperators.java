package io.kioku.internal.onnx.op.reduce;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// Operators along axes: sums, means, extremes, and what else becomes of many numbers.
public final class ReduceOperators {
  private ReduceOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "ReduceMean" -> new Reduce(node, Reduction.MEAN, 18);
      case "ReduceSum" -> new Reduce(node, Reduction.SUM, 13);
      case "ReduceMax" -> new Reduce(node, Reduction.MAX, 18);
      case "ReduceMin" -> new Reduce(node, Reduction.MIN, 18);
      case "ReduceProd" -> new Reduce(node, Reduction.PROD, 18);
      case "ReduceL1" -> new Reduce(node, Reduction.L1, 18);
      case "ReduceL2" -> new Reduce(node, Reduction.L2, 18);
      case "ReduceSumSquare" -> new Reduce(node, Reduction.SUM_SQUARE, 18);
      case "ReduceLogSum" -> new Reduce(node, Reduction.LOG_SUM, 18);
      case "ReduceLogSumExp" -> new Reduce(node, Reduction.LOG_SUM_EXP, 18);
      case "ArgMax" -> new ArgExtreme(node, false);
      case "ArgMin" -> new ArgExtreme(node, true);
      case "TopK" -> new TopK(node);
      case "CumSum" -> new CumulativeSum(node);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }
}
