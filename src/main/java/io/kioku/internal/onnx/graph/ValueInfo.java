package io.kioku.internal.onnx.graph;

import io.kioku.format.ElementType;
import java.util.Arrays;

/// What a graph declares of an input or output.
///
/// @param type null if the file does not say
/// @param dims null if the file does not say; a negative number stands for a dimension that is not
///   fixed, see [Symbols]
@SuppressWarnings("ArrayRecordComponent") // compared by identity, and nobody writes to the array
public record ValueInfo(String name, ElementType type, long[] dims) {
  @Override
  public boolean equals(Object other) {
    return other instanceof ValueInfo that
        && name.equals(that.name)
        && type == that.type
        && Arrays.equals(dims, that.dims);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }
}
