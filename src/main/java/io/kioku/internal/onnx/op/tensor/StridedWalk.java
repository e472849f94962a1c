package io.kioku.internal.onnx.op.tensor;

import java.util.Arrays;

/// The way through several arrays at once, such as an output and inputs that are broadcast to it.
/// Axes of one element are left out, and axes that lie as one in all of the arrays are one. They
/// are counted from the innermost one, 0.
///
/// Whoever walks goes along some of the innermost axes itself:
///
///     walk.rewind();
///     while (walk.next()) { ... } // dim(0) elements from at(0) and at(1) on, stride(0, 0) and stride(1, 0) apart
///
/// Nothing is allocated on the way.
public final class StridedWalk {
  private final int inner;
  private final int axes;
  private final long[] dims;
  private final long[][] strides; // of each array, along each axis
  private final long[] index;
  private final long[] at; // of each array
  private final boolean isEmpty;
  private boolean isBegun;

  /// @param inner how many axes the caller goes along; where there are fewer, the others have one
  ///   element
  /// @param dims what is walked over, outermost first
  /// @param arrays how far neighbours along each of these lie apart in each array: 0 where it is
  ///   repeated
  public StridedWalk(int inner, long[] dims, long[]... arrays) {
    this.inner = inner;
    this.dims = new long[dims.length + inner];
    Arrays.fill(this.dims, 1);
    strides = new long[arrays.length][dims.length + inner];
    index = new long[dims.length + inner];
    at = new long[arrays.length];
    int count = 0;
    boolean anyEmpty = false;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      anyEmpty |= dims[axis] == 0;
      if (dims[axis] == 1) {
        continue;
      }
      if (count > 0 && continues(count - 1, axis, arrays)) {
        this.dims[count - 1] *= dims[axis];
      } else {
        this.dims[count] = dims[axis];
        for (int k = 0; k < arrays.length; k++) {
          strides[k][count] = arrays[k][axis];
        }
        count++;
      }
    }
    axes = Math.max(count, inner);
    isEmpty = anyEmpty;
  }

  /// Whether all arrays go on along an outer axis where they end along the one inside it.
  private boolean continues(int inside, int outer, long[][] arrays) {
    for (int k = 0; k < arrays.length; k++) {
      if (arrays[k][outer] != strides[k][inside] * dims[inside]) {
        return false;
      }
    }
    return true;
  }

  /// How many axes there are, those that the caller goes along with it.
  int axes() {
    return axes;
  }

  /// Whether there are no elements.
  public boolean isEmpty() {
    return isEmpty;
  }

  /// The elements along an axis.
  public long dim(int axis) {
    return dims[axis];
  }

  /// How far neighbours along an axis lie apart in an array.
  public long stride(int array, int axis) {
    return strides[array][axis];
  }

  /// Where the walk stands in an array, the caller's axes at their beginnings.
  public long at(int array) {
    return at[array];
  }

  /// Goes before the first place.
  public void rewind() {
    isBegun = false;
    Arrays.fill(index, 0);
    Arrays.fill(at, 0);
  }

  /// Goes to the next place, row-major.
  ///
  /// @return false if there is none
  public boolean next() {
    if (!isBegun) {
      isBegun = true;
      return !isEmpty;
    }
    for (int axis = inner; axis < axes; axis++) {
      boolean isInside = ++index[axis] < dims[axis];
      long steps = isInside ? 1 : 1 - dims[axis];
      for (int k = 0; k < at.length; k++) {
        at[k] += steps * strides[k][axis];
      }
      if (isInside) {
        return true;
      }
      index[axis] = 0;
    }
    return false;
  }
}
