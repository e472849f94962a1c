package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.NdArray;
import java.util.Arrays;

/// Matrices of integers, exact: what an integer product must be.
///
/// @param shape (..., M, N)
/// @param values row-major
@SuppressWarnings("ArrayRecordComponent") // never compared
record IntegerMatrices(long[] shape, long[] values) {
  /// `(a - aZero) (b - bZero)`, element by element as the operators' text has it.
  ///
  /// @param a (..., M, K)
  /// @param aZero one number
  /// @param b (..., K, N); what stands before the last two dimensions is broadcast
  /// @param bZero whatever can be broadcast to b
  static IntegerMatrices product(NdArray a, NdArray aZero, NdArray b, NdArray bZero) {
    int rank = Math.max(a.shape().length, b.shape().length);
    long[] left = padded(a.shape(), rank);
    long[] right = padded(b.shape(), rank);
    long[] shape = new long[rank];
    for (int i = 0; i < rank - 2; i++) {
      shape[i] = left[i] == 1 ? right[i] : left[i];
    }
    shape[rank - 2] = left[rank - 2];
    shape[rank - 1] = right[rank - 1];
    int size = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    long[] values = new long[size];
    long[] place = new long[rank];
    for (int i = 0; i < size; i++) {
      long rest = i;
      for (int d = rank - 1; d >= 0; d--) {
        place[d] = rest % shape[d];
        rest /= shape[d];
      }
      long row = place[rank - 2];
      long column = place[rank - 1];
      for (long k = 0; k < left[rank - 1]; k++) {
        place[rank - 2] = k;
        long factor = at(b, place) - at(bZero, place);
        place[rank - 2] = row;
        place[rank - 1] = k;
        values[i] += (at(a, place) - aZero.integer(0)) * factor;
        place[rank - 1] = column;
      }
    }
    return new IntegerMatrices(shape, values);
  }

  private static long[] padded(long[] shape, int rank) {
    long[] padded = new long[rank];
    Arrays.fill(padded, 1);
    System.arraycopy(shape, 0, padded, rank - shape.length, shape.length);
    return padded;
  }

  /// The element at a place, broadcast.
  private static long at(NdArray array, long[] place) {
    long[] shape = array.shape();
    long at = 0;
    for (int d = 0; d < shape.length; d++) {
      at = at * shape[d] + (shape[d] == 1 ? 0 : place[place.length - shape.length + d]);
    }
    return array.integer(at);
  }
}
