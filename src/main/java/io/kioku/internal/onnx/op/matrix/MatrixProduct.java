package io.kioku.internal.onnx.op.matrix;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Blas;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Value;

/// `C = alpha op(A) op(B) + beta C` for one pair of row-major matrices: `op(A)` of (m, k), `op(B)`
/// of (k, n).
///
/// @param beta 0 or 1
record MatrixProduct(
    int m, int n, int k, boolean transA, boolean transB, double alpha, double beta) {
  /// A product of sizes that are not known to be small enough.
  ///
  /// @throws Refusal if they are not
  static MatrixProduct of(
      long m, long n, long k, boolean transA, boolean transB, double alpha, double beta) {
    if (Math.max(Math.max(m, n), k) > Integer.MAX_VALUE) {
      throw new Refusal("a product of (%d, %d) x (%d, %d) is too large".formatted(m, k, k, n));
    }
    return new MatrixProduct((int) m, (int) n, (int) k, transA, transB, alpha, beta);
  }

  /// Computes it for the matrices at some elements of the values, float32 or float64 all of them.
  void run(Value a, long aAt, Value b, long bAt, Value c, long cAt) {
    if (m == 0 || n == 0) {
      return;
    }
    boolean isDouble = c.storage() == ElementType.DOUBLE;
    if (k == 0) {
      zero(c, cAt, isDouble);
      return;
    }
    long bytes = isDouble ? Double.BYTES : Float.BYTES;
    long from = a.data().address() + aAt * bytes;
    long with = b.data().address() + bAt * bytes;
    long to = c.data().address() + cAt * bytes;
    int lda = transA ? m : k;
    int ldb = transB ? k : n;
    if (isDouble) {
      Blas.dgemm(transA, transB, m, n, k, alpha, from, lda, with, ldb, beta, to, n);
    } else {
      Blas.sgemm(transA, transB, m, n, k, (float) alpha, from, lda, with, ldb, (float) beta, to, n);
    }
  }

  private void zero(Value c, long at, boolean isDouble) {
    long count = beta == 0 ? (long) m * n : 0;
    for (long i = at; i < at + count; i++) {
      if (isDouble) {
        c.f64(i, 0);
      } else {
        c.f32(i, 0);
      }
    }
  }
}
