package io.kioku.internal.onnx.op.quantize;

import io.kioku.internal.onnx.op.Matrices;

/// Where the zero point or scale of an element of a factor lies: at `matrix * matrixStride + row *
/// rowStride + column * columnStride`.
record Places(long matrixStride, long rowStride, long columnStride) {
  private static final Places ONE = new Places(0, 0, 0);

  /// Those of what was [Matrices#check]ed.
  ///
  /// @param dims null if it is left out
  static Places of(long[] dims, Matrices factor, boolean left) {
    if (dims == null || Matrices.isOne(dims)) {
      return ONE;
    }
    long all = left ? factor.rows() : factor.columns();
    return new Places(dims.length == 1 ? 0 : all, left ? 1 : 0, left ? 0 : 1);
  }

  long at(long matrix, long row, long column) {
    return matrix * matrixStride + row * rowStride + column * columnStride;
  }
}
