package io.kioku.internal.onnx.op.tensor;

/// Where in memory the elements of an array lie, in elements.
///
/// @param offset of the first
/// @param strides how far apart neighbours along each axis are
@SuppressWarnings("ArrayRecordComponent") // never compared, and nobody writes to the array
public record Layout(long offset, long... strides) {
  /// Row-major: neighbours along the last axis lie side by side.
  public static Layout of(long... dims) {
    long[] strides = new long[dims.length];
    long stride = 1;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(1, dims[axis]);
    }
    return new Layout(0, strides);
  }

  /// The axes in another order.
  ///
  /// @param order of each new axis, which old one it is
  public Layout permuted(int... order) {
    long[] permuted = new long[order.length];
    for (int axis = 0; axis < order.length; axis++) {
      permuted[axis] = strides[order[axis]];
    }
    return new Layout(offset, permuted);
  }

  /// The part that begins at an index of an axis.
  public Layout from(int axis, long index) {
    return new Layout(offset + index * strides[axis], strides);
  }

  /// Every step-th index of an axis only.
  public Layout every(int axis, long step) {
    long[] wider = strides.clone();
    wider[axis] *= step;
    return new Layout(offset, wider);
  }
}
