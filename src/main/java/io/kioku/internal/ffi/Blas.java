package io.kioku.internal.ffi;

import io.kioku.bindings.openblas.cblas_h;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// OpenBLAS's product of row-major matrices, on the calling thread: `C = alpha op(A) op(B) + beta
/// C` with `op(A)` of (m, k), `op(B)` of (k, n) and `C` of (m, n), none of the three sizes zero.
///
/// Matrices are addresses: who walks over the matrices of a batch needs no object for each. Sizes
/// are the caller's to check, and that the memory stays.
public final class Blas {
  private Blas() {}

  /// Linked when first called; so is the other.
  private static final class Sgemm {
    static final MethodHandle HANDLE = gemm("cblas_sgemm", ValueLayout.JAVA_FLOAT);
  }

  private static final class Dgemm {
    static final MethodHandle HANDLE = gemm("cblas_dgemm", ValueLayout.JAVA_DOUBLE);
  }

  /// The function with its pointers as numbers, which all ABIs pass alike.
  private static MethodHandle gemm(String function, ValueLayout real) {
    Kernels.get();
    ValueLayout number = ValueLayout.JAVA_INT;
    ValueLayout pointer = ValueLayout.JAVA_LONG;
    return Downcall.of(
        function,
        FunctionDescriptor.ofVoid(
            number, number, number, number, number, number, real, pointer, number, pointer, number,
            real, pointer, number));
  }

  /// The product of float32 matrices.
  ///
  /// @param transA whether `a` is (k, m), with rows of `lda` elements
  /// @param transB whether `b` is (n, k), with rows of `ldb` elements
  public static void sgemm(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int lda,
      long b,
      int ldb,
      float beta,
      long c,
      int ldc) {
    try {
      Sgemm.HANDLE.invokeExact(
          cblas_h.CblasRowMajor(),
          transA ? cblas_h.CblasTrans() : cblas_h.CblasNoTrans(),
          transB ? cblas_h.CblasTrans() : cblas_h.CblasNoTrans(),
          m,
          n,
          k,
          alpha,
          a,
          lda,
          b,
          ldb,
          beta,
          c,
          ldc);
    } catch (Throwable e) {
      throw new AssertionError("a native call throws nothing", e);
    }
  }

  /// The product of float64 matrices, likewise.
  public static void dgemm(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      double alpha,
      long a,
      int lda,
      long b,
      int ldb,
      double beta,
      long c,
      int ldc) {
    try {
      Dgemm.HANDLE.invokeExact(
          cblas_h.CblasRowMajor(),
          transA ? cblas_h.CblasTrans() : cblas_h.CblasNoTrans(),
          transB ? cblas_h.CblasTrans() : cblas_h.CblasNoTrans(),
          m,
          n,
          k,
          alpha,
          a,
          lda,
          b,
          ldb,
          beta,
          c,
          ldc);
    } catch (Throwable e) {
      throw new AssertionError("a native call throws nothing", e);
    }
  }
}
