package io.kioku.internal.onnx.op.elementwise;

import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// The way through inputs and an output whose shapes are broadcast: matrices, as few and as large
/// as the shapes allow. Inputs of one shape are one row; an input and a bias, or a column, are one
/// matrix.
///
///     at.rewind();
///     while (at.next()) { ... } // rows() by columns()
final class Broadcast {
  /// Axes that stand before all others, so that there are always rows and columns.
  private static final int PADDING = 2;

  private final long[][] strides; // of each input, along each axis
  private final long[] offsets;
  private long[] dims;
  private long[] index; // along all axes but rows and columns
  private long size;
  private long start;

  /// @param inputs their number
  Broadcast(int inputs) {
    strides = new long[inputs][];
    offsets = new long[inputs];
  }

  /// Takes new shapes. Inputs of one element fit whatever their rank is.
  void prepare(Value[] in, Value out) {
    int rank = out.rank();
    size = out.size();
    for (int k = 0; k < in.length; k++) {
      long[] own =
          in[k].size() == 1 ? new long[rank] : Broadcasting.strides(in[k].dims(), out.dims());
      strides[k] = new long[rank + PADDING];
      System.arraycopy(own, 0, strides[k], PADDING, rank);
    }
    dims = new long[rank + PADDING];
    Arrays.fill(dims, 0, PADDING, 1);
    int count = PADDING;
    for (int axis = PADDING; axis < dims.length; axis++) {
      long dim = out.dim(axis - PADDING);
      if (dim == 1) {
        continue;
      }
      boolean merge = count > PADDING && continues(count - 1, axis, dim);
      int to = merge ? count - 1 : count++;
      dims[to] = merge ? dims[to] * dim : dim;
      for (long[] stride : strides) {
        stride[to] = stride[axis];
      }
    }
    int from = Math.min(PADDING, count - 2);
    dims = Arrays.copyOfRange(dims, from, count);
    for (int k = 0; k < strides.length; k++) {
      strides[k] = Arrays.copyOfRange(strides[k], from, count);
    }
    index = new long[dims.length - 2];
  }

  /// Whether all inputs go on along an axis where they end along the one before.
  private boolean continues(int before, int axis, long dim) {
    for (long[] stride : strides) {
      if (stride[before] != stride[axis] * dim) {
        return false;
      }
    }
    return true;
  }

  /// Goes before the first matrix.
  void rewind() {
    start = -1;
  }

  /// Goes to the next matrix.
  ///
  /// @return false if there is none
  boolean next() {
    if (start < 0) {
      start = 0;
      Arrays.fill(index, 0);
      Arrays.fill(offsets, 0);
      return size > 0;
    }
    start += rows() * columns();
    for (int axis = index.length - 1; axis >= 0; axis--) {
      boolean inside = ++index[axis] < dims[axis];
      long steps = inside ? 1 : 1 - dims[axis];
      for (int k = 0; k < offsets.length; k++) {
        offsets[k] += steps * strides[k][axis];
      }
      if (inside) {
        return true;
      }
      index[axis] = 0;
    }
    return false;
  }

  long rows() {
    return dims[dims.length - 2];
  }

  long columns() {
    return dims[dims.length - 1];
  }

  /// Where the matrix begins in an input.
  long offset(int input) {
    return offsets[input];
  }

  /// How far a matrix's rows lie apart in an input; 0: it is one row.
  long rowStride(int input) {
    return strides[input][dims.length - 2];
  }

  /// How far a matrix's columns lie apart in an input: 1, or 0 if it is one column.
  long columnStride(int input) {
    return strides[input][dims.length - 1];
  }

  /// Where the matrix begins in the output.
  long start() {
    return start;
  }
}
