package io.kioku.internal.onnx.op;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Refusal;

/// Inputs that must have one type of floating-point numbers.
public final class RealInputs {
  private RealInputs() {}

  /// The type that these inputs have; null if it is unknown. Those left out may be among them.
  ///
  /// @throws Refusal if they differ, or have no floating-point numbers
  public static ElementType type(ShapeInference node, int... inputs) {
    ElementType type = null;
    for (int input : inputs) {
      node.real(input);
      ElementType own = node.type(input);
      if (type != null && own != null && own != type) {
        throw new Refusal(
            "input %d has type %s, expected %s as that of the inputs before"
                .formatted(input, own, type));
      }
      type = type == null ? own : type;
    }
    return type;
  }
}
