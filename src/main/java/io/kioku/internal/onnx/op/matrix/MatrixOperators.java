package io.kioku.internal.onnx.op.matrix;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// Matrix products.
public final class MatrixOperators {
  private MatrixOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "Einsum" -> new Einsum(node);
      case "MatMul" -> MatMul.of(node, context);
      case "Gemm" -> Gemm.of(node, context);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }
}
