package io.kioku.internal.onnx.graph;

import io.kioku.format.ElementType;
import java.util.Arrays;

/// What a graph declares of an input or output.
///
/// @param type null if the file does not say
/// @param dims null if the file does not say; a negative number stands for a dimension that is not
///   fixed, see [Symbols]
/// @param isSequence whether it is a list of tensors, `type` being that of their elements
@SuppressWarnings("ArrayRecordComponent") // compared by identity, and nobody writes to the array
public record ValueInfo(String name, ElementType type, long[] dims, boolean isSequence) {
  /// A tensor.
  public ValueInfo(String name, ElementType type, long[] dims) {
    this(name, type, dims, false);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ValueInfo that
        && name.equals(that.name)
        && type == that.type
        && isSequence == that.isSequence
        && Arrays.equals(dims, that.dims);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }
}
