package io.kioku.internal.onnx.op.matrix;

import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;
import java.util.Arrays;

/// MatMul's operands as batches of matrices `(m, k)` and `(k, n)`; sizes may be unknown.
@SuppressWarnings("ArrayRecordComponent") // never compared
record MatMulShapes(
    long m, long n, long k, long[] aBatch, long[] bBatch, long[] batch, long[] result) {
  static MatMulShapes of(long[] a, long[] b) {
    if (a.length == 0 || b.length == 0) {
      throw new Refusal("an operand is a scalar, expected vectors or matrices");
    }
    long m = a.length == 1 ? 1 : a[a.length - 2];
    long k = a[a.length - 1];
    long n = b.length == 1 ? 1 : b[b.length - 1];
    long bk = b.length == 1 ? b[0] : b[b.length - 2];
    if (k >= 0 && bk >= 0 && k != bk) {
      throw mismatch(a, b);
    }
    long[] aBatch = Arrays.copyOf(a, Math.max(0, a.length - 2));
    long[] bBatch = Arrays.copyOf(b, Math.max(0, b.length - 2));
    long[] batch = new long[Math.max(aBatch.length, bBatch.length)];
    for (int i = 1; i <= batch.length; i++) {
      long inA = i > aBatch.length ? 1 : aBatch[aBatch.length - i];
      long inB = i > bBatch.length ? 1 : bBatch[bBatch.length - i];
      if (inA >= 0 && inB >= 0 && inA != inB && inA != 1 && inB != 1) {
        throw mismatch(a, b);
      }
      batch[batch.length - i] = together(inA, inB);
    }
    long[] result = Arrays.copyOf(batch, batch.length + 2);
    int rank = batch.length;
    if (a.length > 1) {
      result[rank++] = m;
    }
    if (b.length > 1) {
      result[rank++] = n;
    }
    return new MatMulShapes(m, n, k, aBatch, bBatch, batch, Arrays.copyOf(result, rank));
  }

  /// A dimension of the batch, from two that fit.
  private static long together(long a, long b) {
    if (a == b || b == 1) {
      return a;
    }
    return a == 1 ? b : a < 0 && b < 0 ? Symbols.UNKNOWN : Math.max(a, b);
  }

  private static Refusal mismatch(long[] a, long[] b) {
    return new Refusal(
        "A has shape %s, which does not fit B's, %s"
            .formatted(Arrays.toString(a), Arrays.toString(b)));
  }

  /// The number of B's matrices.
  long bCount() {
    return Arrays.stream(bBatch).reduce(1, Math::multiplyExact);
  }
}
