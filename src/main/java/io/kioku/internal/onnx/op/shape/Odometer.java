package io.kioku.internal.onnx.op.shape;

import java.util.Arrays;

/// Goes through the elements of an array, and says where each would lie in another one.
final class Odometer {
  private final long[] dims;
  private final long[] strides;
  private final long[] index;
  private long place;

  /// @param strides of the other array, per axis
  Odometer(long[] dims, long[] strides) {
    this.dims = dims;
    this.strides = strides;
    index = new long[dims.length];
  }

  /// To the first element.
  void reset() {
    Arrays.fill(index, 0);
    place = 0;
  }

  /// Where the element lies in the other array.
  long place() {
    return place;
  }

  /// Its index along an axis.
  long index(int axis) {
    return index[axis];
  }

  /// To the next element, row-major.
  void next() {
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      place += strides[axis];
      if (++index[axis] < dims[axis]) {
        return;
      }
      place -= strides[axis] * dims[axis];
      index[axis] = 0;
    }
  }
}
