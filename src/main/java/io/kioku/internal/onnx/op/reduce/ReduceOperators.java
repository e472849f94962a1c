package io.kioku.internal.onnx.op.reduce;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Operators along axes: sums, means, extremes, and what else becomes of many numbers.
public final class ReduceOperators {
  private ReduceOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {
    add(all, "ReduceMean", Reduction.MEAN, 18);
    add(all, "ReduceSum", Reduction.SUM, 13);
    add(all, "ReduceMax", Reduction.MAX, 18);
    add(all, "ReduceMin", Reduction.MIN, 18);
    add(all, "ReduceProd", Reduction.PROD, 18);
    add(all, "ReduceL1", Reduction.L1, 18);
    add(all, "ReduceL2", Reduction.L2, 18);
    add(all, "ReduceSumSquare", Reduction.SUM_SQUARE, 18);
    add(all, "ReduceLogSum", Reduction.LOG_SUM, 18);
    add(all, "ReduceLogSumExp", Reduction.LOG_SUM_EXP, 18);
    all.put("ArgMax", (node, context) -> new ArgExtreme(node, false));
    all.put("ArgMin", (node, context) -> new ArgExtreme(node, true));
    all.put("TopK", (node, context) -> new TopK(node));
    all.put("CumSum", (node, context) -> new CumulativeSum(node));
  }

  private static void add(
      Map<String, Operator.Factory> all, String name, Reduction reduction, int since) {
    all.put(name, (node, context) -> new Reduce(node, reduction, since));
  }
}
