package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import io.kioku.bindings.openblas.cblas_h;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// OpenBLAS's product of row-major matrices, on the calling thread: `C = alpha op(A) op(B) + beta
/// C` with `op(A)` of (m, k), `op(B)` of (k, n) and `C` of (m, n), none of the three sizes zero.
///
/// It goes through libkioku_blas, which lets no more calls into OpenBLAS at once than its buffers
/// are.
///
/// Matrices are addresses: who walks over the matrices of a batch needs no object for each. Sizes
/// are the caller's to check, and that the memory stays.
public final class Blas {
  /// Loaded and set up by the class that a first call makes.
  private static final class Library {
    static {
      Natives.load(Natives.Group.BLAS);
      // One thread a call: the application's own threads are what scales. OpenBLAS keeps one number
      // for the process.
      cblas_h.openblas_set_num_threads(1);
      kioku_h
          .kioku_blas_calls(); // reads what describe() reads, which only one thread at a time may
    }

    private Library() {}

    static void load() {}
  }

  /// Linked when first called; so is the other.
  private static final class Sgemm {
    static final MethodHandle HANDLE = gemm("kioku_gemm_f32", ValueLayout.JAVA_FLOAT);
  }

  private static final class Dgemm {
    static final MethodHandle HANDLE = gemm("kioku_gemm_f64", ValueLayout.JAVA_DOUBLE);
  }

  private Blas() {}

  /// The function with its pointers as numbers, which all ABIs pass alike.
  private static MethodHandle gemm(String function, ValueLayout real) {
    load();
    ValueLayout number = ValueLayout.JAVA_INT;
    ValueLayout pointer = ValueLayout.JAVA_LONG;
    return Downcall.of(
        function,
        FunctionDescriptor.ofVoid(
            number, number, number, number, number, real, pointer, number, pointer, number, real,
            pointer, number));
  }

  private static synchronized void load() {
    Natives.linked(
        "OpenBLAS",
        () -> {
          Library.load();
          return null;
        });
  }

  /// OpenBLAS's version and build, and the kernels that it chose for this CPU.
  ///
  /// @throws IllegalStateException if it cannot be loaded
  public static synchronized String describe() {
    load();
    return cblas_h.openblas_get_config().getString(0).strip()
        + ", kernels "
        + cblas_h.openblas_get_corename().getString(0);
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
      Dgemm.HANDLE.invokeExact(
          transA ? 1 : 0, transB ? 1 : 0, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    } catch (Throwable e) {
      throw new AssertionError("a native call throws nothing", e);
    }
  }
}
