package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// OpenBLAS's product of row-major matrices, on the calling thread: `C = alpha op(A) op(B) + beta
/// C` with `op(A)` of (m, k), `op(B)` of (k, n) and `C` of (m, n), none of the three sizes zero.
///
/// It goes through libkioku, which lets no more calls into OpenBLAS at once than its buffers are.
///
/// Matrices are addresses: who walks over the matrices of a batch needs no object for each. Sizes
/// are the caller's to check, and that the memory stays.
public final class Blas {
  private static final MethodHandle SGEMM;
  private static final MethodHandle DGEMM;

  static {
    Kernels.get();
    SGEMM = byAddress(kioku_h.kioku_gemm_f32$address(), kioku_h.kioku_gemm_f32$descriptor());
    DGEMM = byAddress(kioku_h.kioku_gemm_f64$address(), kioku_h.kioku_gemm_f64$descriptor());
  }

  private Blas() {}

  /// The function with its pointers as numbers, which all ABIs pass alike.
  private static MethodHandle byAddress(MemorySegment function, FunctionDescriptor descriptor) {
    MemoryLayout[] arguments =
        descriptor.argumentLayouts().stream()
            .map(layout -> layout instanceof AddressLayout ? ValueLayout.JAVA_LONG : layout)
            .toArray(MemoryLayout[]::new);
    return Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.ofVoid(arguments));
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
      SGEMM.invokeExact(
          transA ? 1 : 0, transB ? 1 : 0, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
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
      DGEMM.invokeExact(
          transA ? 1 : 0, transB ? 1 : 0, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    } catch (Throwable e) {
      throw new AssertionError("a native call throws nothing", e);
    }
  }
}
