package io.kioku.internal.onnx.stream;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.ValueInfo;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Values that are the same whatever the shape: what states begin with.
final class Fills {
  private Fills() {}

  /// What a ConstantOfShape holds: its value, or zero.
  static Constant ofShape(NodeFacts node) {
    Constant value = node.node().attributes().constant("value");
    return value == null
        ? zero(ElementType.FLOAT)
        : new Constant(value.type(), new long[0], value.data());
  }

  /// A zero of the output's type, if the first input is zero everywhere; null if not.
  static Constant zero(NodeFacts node) {
    ValueInfo info = node.outputInfos().getFirst();
    return isZero(node.fact(0).fill()) && info.type() != null ? zero(info.type()) : null;
  }

  private static Constant zero(ElementType type) {
    byte[] bytes = new byte[type.storage().bytes()];
    return new Constant(type, new long[0], MemorySegment.ofArray(bytes));
  }

  /// What is left of a fill when a node moves, cuts or joins its first input: zero stays zero.
  static Constant moved(NodeFacts node) {
    return switch (node.node().operator()) {
      case "Identity" -> node.fact(0).fill();
      case "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Slice", "Gather", "Split", "Tile" ->
          zero(node);
      case "Concat" ->
          node.inputs().stream().allMatch(input -> input != null && isZero(input.fill()))
              ? zero(node)
              : null;
      default -> null;
    };
  }

  static boolean isZero(Constant constant) {
    if (constant == null) {
      return false;
    }
    MemorySegment data = constant.data();
    for (long i = 0; i < data.byteSize(); i++) {
      if (data.get(ValueLayout.JAVA_BYTE, i) != 0) {
        return false;
      }
    }
    return true;
  }
}
