package io.kioku.internal.onnx.op.window;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// Operators that move a window over spatial dimensions: convolution and pooling.
public final class WindowOperators {
  private WindowOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "Conv" -> Convolution.convolution(node, context);
      case "ConvTranspose" -> Convolution.transposed(node, context);
      case "MaxPool" -> Pool.max(node, context);
      case "AveragePool" -> Pool.average(node, context);
      case "GlobalMaxPool" -> GlobalPool.max(node, context);
      case "GlobalAveragePool" -> GlobalPool.average(node, context);
      case "ConvInteger", "QLinearConv" -> new IntegerConvolution(node);
      case "GlobalLpPool", "LpPool" -> new LpPool(node);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }
}
