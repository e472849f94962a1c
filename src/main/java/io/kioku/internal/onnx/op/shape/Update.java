package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.util.Locale;

/// What becomes of an element and its update.
enum Update {
  NONE,
  ADD,
  MUL,
  MAX,
  MIN;

  static Update of(Node node) {
    String text = node.attributes().text("reduction", "none");
    for (Update update : values()) {
      if (update.name().toLowerCase(Locale.ROOT).equals(text)) {
        return update;
      }
    }
    throw new Refusal(
        "attribute reduction is '%s', expected none, add, mul, max or min".formatted(text));
  }

  /// Updates elements that lie side by side.
  void apply(Value to, long place, Value updates, long first, long count) {
    if (this == NONE) {
      long bytes = to.storage().bytes();
      StridedCopy.bytes(updates.data(), first * bytes, to.data(), place * bytes, count * bytes);
      return;
    }
    boolean isReal = to.type().isReal();
    for (long i = 0; i < count; i++) {
      if (isReal) {
        to.setDouble(place + i, real(to.asDouble(place + i), updates.asDouble(first + i)));
      } else {
        to.setLong(place + i, integer(to, to.asLong(place + i), updates.asLong(first + i)));
      }
    }
  }

  private double real(double a, double b) {
    return switch (this) {
      case NONE -> b;
      case ADD -> a + b;
      case MUL -> a * b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
    };
  }

  private long integer(Value to, long a, long b) {
    long flip = to.type() == ElementType.UINT64 ? Long.MIN_VALUE : 0; // compares unsigned
    return switch (this) {
      case NONE -> b;
      case ADD -> a + b;
      case MUL -> a * b;
      case MAX -> Math.max(a ^ flip, b ^ flip) ^ flip;
      case MIN -> Math.min(a ^ flip, b ^ flip) ^ flip;
    };
  }
}
