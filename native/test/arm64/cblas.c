#include "cblas.h"

#include <stdlib.h>

void cblas_sgemv(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transpose, int m, int n, float alpha, const float *a,
                 int a_row, const float *x, int x_step, float beta, float *y, int y_step) {
  if (order != CblasRowMajor || transpose != CblasNoTrans)
    abort();
  for (int i = 0; i < m; i++) {
    double sum = 0;
    for (int k = 0; k < n; k++)
      sum += (double)a[(long)i * a_row + k] * x[(long)k * x_step];
    y[(long)i * y_step] = (float)(alpha * sum + (double)beta * y[(long)i * y_step]);
  }
}

void cblas_sgemm(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transpose_a, enum CBLAS_TRANSPOSE transpose_b, int m,
                 int n, int k, float alpha, const float *a, int a_row, const float *b, int b_row, float beta, float *c,
                 int c_row) {
  if (transpose_a != CblasNoTrans || transpose_b != CblasTrans)
    abort();
  for (int i = 0; i < m; i++)
    cblas_sgemv(order, CblasNoTrans, n, k, alpha, b, b_row, a + (long)i * a_row, 1, beta, c + (long)i * c_row, 1);
}
