package io.kioku.internal.onnx.op;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.Arrays;

/// A value's type and shape, all dimensions known. Compared by identity to see whether a value's
/// shape has changed: a value keeps its object until type or shape differ.
public final class TensorShape {
  private final ElementType type;
  private final long[] dims;
  private final long size;

  /// @throws ArithmeticException if the size overflows
  TensorShape(ElementType type, long[] dims) {
    this.type = type;
    this.dims = dims.clone();
    long product = 1;
    long nonZero = type.storage().bytes(); // an overflow must be seen even if a zero hides it
    for (long dim : dims) {
      if (dim < 0) {
        throw new Refusal("the output's shape would be " + Arrays.toString(dims));
      }
      product = Math.multiplyExact(product, dim);
      nonZero = Math.multiplyExact(nonZero, Math.max(1, dim));
    }
    this.size = product;
  }

  /// The elements' type in the graph.
  public ElementType type() {
    return type;
  }

  /// Not to be changed.
  public long[] dims() {
    return dims;
  }

  /// The number of dimensions.
  public int rank() {
    return dims.length;
  }

  /// One dimension.
  public long dim(int axis) {
    return dims[axis];
  }

  /// The number of elements.
  public long size() {
    return size;
  }

  /// The bytes that the elements take in memory.
  public long bytes() {
    return size * type.storage().bytes();
  }

  /// Whether it is this type and these dimensions.
  public boolean is(ElementType otherType, long[] otherDims) {
    return type == otherType && Arrays.equals(dims, otherDims);
  }

  @Override
  public String toString() {
    return type + Arrays.toString(dims);
  }
}
