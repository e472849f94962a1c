package io.kioku.internal.onnx.op.elementwise;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// Operators that compute each element from the elements at its place, beside [Arithmetic],
/// [Functions], [Activations] and [Logic].
public final class ElementwiseOperators {
  private ElementwiseOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "Cast" -> Cast.cast(node, context);
      case "CastLike" -> Cast.castLike(node, context);
      case "Clip" -> Clip.of(node, context);
      case "Dropout" -> Dropout.of(node, context);
      case "Where" -> new Elementwise(3, Where::types, Where.RECIPE);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }
}
