/*
 * libkioku_blas: OpenBLAS's products, never more at once than its pool of buffers holds. A library of its own: what
 * needs no such product does not load OpenBLAS.
 */
#ifndef KIOKU_BLAS_H
#define KIOKU_BLAS_H

#include "kioku.h"

#ifdef __cplusplus
extern "C" {
#endif

/* C = alpha op(A) op(B) + beta C by OpenBLAS, all row-major, on the calling thread: op(A) (m, k), op(B) (k, n), C (m,
 * n), sizes of at least 1. trans_a: 1 if A is (k, m); trans_b: 1 if B is (n, k). lda, ldb and ldc are the distances of
 * rows, at least a row's length.
 *
 * OpenBLAS has a fixed number of buffers and fails beyond it, so at most kioku_blas_calls() calls of all threads
 * together are in OpenBLAS at once; further ones sleep until one of these ends.
 */
KIOKU_API void kioku_gemm_f32(int32_t trans_a, int32_t trans_b, int32_t m, int32_t n, int32_t k, float alpha,
                              const float *a, int32_t lda, const float *b, int32_t ldb, float beta, float *c,
                              int32_t ldc);
KIOKU_API void kioku_gemm_f64(int32_t trans_a, int32_t trans_b, int32_t m, int32_t n, int32_t k, double alpha,
                              const double *a, int32_t lda, const double *b, int32_t ldb, double beta, double *c,
                              int32_t ldc);

/* At least 1. */
KIOKU_API int32_t kioku_blas_calls(void);

#ifdef __cplusplus
}
#endif
#endif
