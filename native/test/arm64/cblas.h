/* The two functions of OpenBLAS that libkioku calls, for tests on machines without it. */
#ifndef CBLAS_H
#define CBLAS_H

enum CBLAS_ORDER { CblasRowMajor = 101 };
enum CBLAS_TRANSPOSE { CblasNoTrans = 111, CblasTrans = 112 };

/* y (m) = alpha a (m, n) x + beta y; row-major, a not transposed */
void cblas_sgemv(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transpose, int m, int n, float alpha, const float *a,
                 int a_row, const float *x, int x_step, float beta, float *y, int y_step);

/* c (m, n) = alpha a (m, k) b^T + beta c; row-major, b (n, k) transposed */
void cblas_sgemm(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transpose_a, enum CBLAS_TRANSPOSE transpose_b, int m,
                 int n, int k, float alpha, const float *a, int a_row, const float *b, int b_row, float beta, float *c,
                 int c_row);

#endif
