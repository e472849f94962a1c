package io.kioku.internal.onnx.graph;

import io.kioku.format.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// A tensor whose values are known when a model is loaded. 16-bit floats lie in memory as float32:
/// see [ElementType#storage()].
///
/// @param type what the file calls it
/// @param dims the shape; not to be changed
/// @param data the values, row-major, as `type.storage()`
@SuppressWarnings("ArrayRecordComponent") // compared by identity, and nobody writes to the array
public record Constant(ElementType type, long[] dims, MemorySegment data) {
  /// The number of values.
  public long size() {
    return data.byteSize() / type.storage().bytes();
  }

  /// The values of an int64 or int32 tensor; null for another type.
  public long[] longs() {
    return switch (type) {
      case INT64 -> data.toArray(ValueLayout.JAVA_LONG);
      case INT32 -> Arrays.stream(data.toArray(ValueLayout.JAVA_INT)).asLongStream().toArray();
      default -> null;
    };
  }

  @Override
  public String toString() {
    return type + Arrays.toString(dims);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
