package io.kioku.internal.onnx.op.recurrent;

import java.lang.foreign.MemorySegment;

/// Brings rows of floats into another order. Allocates nothing.
final class RowOrder {
  private RowOrder() {}

  /// (outer, a, b, row) as (outer, b, a, row).
  ///
  /// @param row in floats
  static void swap(MemorySegment from, MemorySegment to, long outer, long a, long b, long row) {
    long bytes = row * Float.BYTES;
    long source = 0;
    for (long o = 0; o < outer; o++) {
      for (long i = 0; i < a; i++) {
        for (long j = 0; j < b; j++) {
          long target = ((o * b + j) * a + i) * bytes;
          MemorySegment.copy(from, source, to, target, bytes);
          source += bytes;
        }
      }
    }
  }

  /// (T, N, row), or (N, T, row), with each sequence turned round within its own length; what lies
  /// behind it stays where it is.
  ///
  /// @param lengths of the sequences; null if all have T
  static void turn(
      MemorySegment from,
      MemorySegment to,
      int steps,
      int batch,
      boolean isBatchFirst,
      long row,
      int[] lengths) {
    long bytes = row * Float.BYTES;
    long step = isBatchFirst ? bytes : batch * bytes;
    long stream = isBatchFirst ? steps * bytes : bytes;
    for (int n = 0; n < batch; n++) {
      int length = lengths == null ? steps : lengths[n];
      for (int t = 0; t < steps; t++) {
        int source = t < length ? length - 1 - t : t;
        MemorySegment.copy(from, n * stream + source * step, to, n * stream + t * step, bytes);
      }
    }
  }
}
