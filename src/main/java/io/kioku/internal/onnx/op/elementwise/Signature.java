package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.ShapeInference;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What types an operator takes and gives.
@FunctionalInterface
interface Signature {
  /// The output's type; null if it is unknown.
  ///
  /// @throws Refusal if the inputs' types cannot be
  ElementType result(ShapeInference node);

  /// Inputs of one floating-point type, which the output has too.
  Signature REALS = same(types(ElementType::isReal));

  /// Inputs of one integer type, which the output has too.
  Signature WHOLES = same(types(ElementType::isInteger));

  /// Inputs of one unsigned integer type, which the output has too.
  Signature UNSIGNED = same(types(ElementType::isUnsigned));

  /// Inputs of one numeric type, which the output has too.
  Signature NUMBERS = same(types(type -> type.isReal() || type.isInteger()));

  /// Inputs of one numeric type with negative numbers, which the output has too.
  Signature SIGNED = same(types(type -> type.isReal() || (type.isInteger() && !type.isUnsigned())));

  /// Booleans.
  Signature LOGIC = same(ElementType.BOOL);

  /// Inputs of any one type, which the output has too.
  Signature ANY = same(ElementType.values());

  /// Inputs of one type, which the output has too.
  static Signature same(ElementType... allowed) {
    return node -> {
      for (int i = 0; i < node.inputs(); i++) {
        node.types(i, allowed);
      }
      return common(node, 0);
    };
  }

  /// What tells something of its inputs.
  default Signature test() {
    return node -> {
      result(node);
      return ElementType.BOOL;
    };
  }

  /// The type that all inputs from one on have.
  static ElementType common(ShapeInference node, int from) {
    ElementType common = null;
    for (int i = from; i < node.inputs(); i++) {
      ElementType type = node.type(i);
      if (common != null && type != null && type != common) {
        throw new Refusal(
            "input %d has type %s, expected %s as the others".formatted(i, type, common));
      }
      common = type == null ? common : type;
    }
    return common;
  }

  private static ElementType[] types(Predicate<ElementType> predicate) {
    return Stream.of(ElementType.values()).filter(predicate).toArray(ElementType[]::new);
  }
}
