package io.kioku.internal.onnx.op.recurrent;

import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Value;

/// The input `sequence_lens`.
final class Lengths {
  private final Value value; // null: left out
  private int[] lengths = {};

  /// @param value null if it is left out
  Lengths(Value value) {
    this.value = value;
  }

  void prepare(int batch) {
    if (lengths.length != batch) {
      lengths = new int[batch];
    }
  }

  /// The lengths; null if all sequences have T steps.
  ///
  /// @throws Refusal if one is not from 0 to T
  int[] read(int steps) {
    if (value == null) {
      return null;
    }
    boolean isWhole = true;
    for (int n = 0; n < lengths.length; n++) {
      long length = value.asLong(n);
      if (length < 0 || length > steps) {
        throw new Refusal("sequence_lens[%d] is %d, expected 0 to %d".formatted(n, length, steps));
      }
      lengths[n] = (int) length;
      isWhole &= length == steps;
    }
    return isWhole ? null : lengths;
  }
}
