package io.kioku.internal.onnx.op.window;

/// How a window moves over a tensor's spatial dimensions, all sizes known: element `k` of the
/// window at position `o` lies at `o * stride - begin + k * dilation`. Each list has one number for
/// each dimension.
///
/// @param large what the window moves over
/// @param small the window's positions
/// @param begin padding before the first element
/// @param end padding behind the last one, as given: the last window may reach beyond it, or not up
///   to it
@SuppressWarnings("ArrayRecordComponent") // never compared, and nobody writes to the arrays
record SpatialWindow(
    long[] large,
    long[] small,
    long[] kernel,
    long[] strides,
    long[] dilations,
    long[] begin,
    long[] end) {
  /// From the first element of a window to behind its last one.
  static long extent(long kernel, long dilation) {
    return Math.addExact(Math.multiplyExact(kernel - 1, dilation), 1);
  }

  int rank() {
    return large.length;
  }

  /// The window with three dimensions.
  SpatialWindow deep() {
    return new SpatialWindow(
        deep(large, 1),
        deep(small, 1),
        deep(kernel, 1),
        deep(strides, 1),
        deep(dilations, 1),
        deep(begin, 0),
        deep(end, 0));
  }

  private static long[] deep(long[] values, long missing) {
    long[] three = {missing, missing, missing};
    System.arraycopy(values, 0, three, 3 - values.length, values.length);
    return three;
  }

  /// The first position at which element `k` of the window lies within the large tensor.
  long first(int axis, long k) {
    long before = begin[axis] - k * dilations[axis];
    return before <= 0 ? 0 : Math.min(small[axis], (before - 1) / strides[axis] + 1);
  }

  /// The position behind the last at which it does; at least the first.
  long last(int axis, long k) {
    long left = large[axis] + begin[axis] - k * dilations[axis];
    return left <= 0
        ? first(axis, k)
        : Math.max(first(axis, k), Math.min(small[axis], (left - 1) / strides[axis] + 1));
  }

  /// The first element of the window at position `o` that lies within the large tensor, if any
  /// does.
  long begins(int axis, long o) {
    return Math.max(0, Math.ceilDiv(-at(axis, o, 0), dilations[axis]));
  }

  /// The element behind the last that does; none does if it is not above the first.
  long ends(int axis, long o) {
    return before(axis, o, large[axis]);
  }

  /// How many elements of the window at position `o` lie within the large tensor or its padding.
  long padded(int axis, long o) {
    return Math.max(0, before(axis, o, large[axis] + end[axis]));
  }

  /// The element behind the last that lies before a place.
  private long before(int axis, long o, long place) {
    return Math.min(kernel[axis], Math.ceilDiv(place - at(axis, o, 0), dilations[axis]));
  }

  /// Where element `k` of the window at position `o` lies; may be outside.
  long at(int axis, long o, long k) {
    return o * strides[axis] - begin[axis] + k * dilations[axis];
  }
}
