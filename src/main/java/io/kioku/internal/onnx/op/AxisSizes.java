package io.kioku.internal.onnx.op;

/// How many elements lie before an axis, along it and behind it: an array seen as three dimensions.
public record AxisSizes(long outer, long count, long inner) {
  /// The sizes of an array.
  ///
  /// @param axis from 0
  public static AxisSizes of(long[] dims, int axis) {
    long inner = Axes.product(dims, axis + 1, dims.length);
    return new AxisSizes(Axes.product(dims, 0, axis), dims[axis], inner);
  }
}
