package io.kioku.internal.onnx.op.reduce;

import io.kioku.internal.onnx.op.copy.Layout;

/// The places of the elements of some axes of an array, the others' index being 0. Axes that lie as
/// one are one.
final class Walk {
  private final long[] sizes; // innermost first
  private final long[] strides;
  private int levels;
  private long count = 1;

  /// @param axes which axes
  Walk(long[] dims, boolean[] axes) {
    sizes = new long[dims.length];
    strides = new long[dims.length];
    long[] all = Layout.of(dims).strides();
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      if (!axes[axis] || dims[axis] == 1) {
        continue;
      }
      count *= dims[axis];
      if (levels > 0 && all[axis] == sizes[levels - 1] * strides[levels - 1]) {
        sizes[levels - 1] *= dims[axis];
      } else {
        sizes[levels] = dims[axis];
        strides[levels] = all[axis];
        levels++;
      }
    }
  }

  /// How many elements there are.
  long count() {
    return count;
  }

  /// How many of them lie side by side; 1 if none do.
  long beside() {
    return levels > 0 && strides[0] == 1 ? sizes[0] : 1;
  }

  /// Where an element lies.
  ///
  /// @param index below [#count()], row-major
  long place(long index) {
    long left = index;
    long place = 0;
    for (int level = 0; level < levels - 1; level++) {
      long size = sizes[level];
      long outer = left / size;
      place += (left - outer * size) * strides[level];
      left = outer;
    }
    return levels == 0 ? 0 : place + left * strides[levels - 1];
  }
}
