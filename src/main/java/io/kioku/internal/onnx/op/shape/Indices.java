package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Value;

/// Elements that are named by values.
final class Indices {
  private Indices() {}

  /// The index that an element is; a negative one counts from the end.
  ///
  /// @throws Refusal if an axis of `count` elements has no such index
  static long of(Value indices, long i, long count) {
    long index = indices.asLong(i);
    if (index < -count || index >= count) {
      throw new Refusal(
          "index %d of an axis of %d elements, in '%s'".formatted(index, count, indices.name()));
    }
    return index < 0 ? index + count : index;
  }
}
