package io.kioku.internal.onnx.op.quantize;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// Operators between real numbers and their integer codes, and on codes.
public final class QuantizeOperators {
  private QuantizeOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "QuantizeLinear" -> Linear.quantize(node, context);
      case "DequantizeLinear" -> Linear.dequantize(node, context);
      case "DynamicQuantizeLinear" -> new DynamicQuantize();
      case "MatMulInteger" -> MatMulInteger.of(node, context);
      case "QLinearMatMul" -> QLinearMatMul.of(node, context);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }
}
