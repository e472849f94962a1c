/* Calls into OpenBLAS, never more at once than its pool of buffers holds. */
#include <cblas.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kioku_blas.h"

/* Each call that is under way holds one of OpenBLAS's buffers, of which the library has a fixed number: 2 MAX_THREADS,
 * at least 50 (NUM_BUFFERS in its common.h). Past them it warns, and then writes where no memory is. Its own threads
 * hold at most MAX_THREADS - 1, and another user of the same library may want some: MAX_THREADS are ours. */
static const char MAX_THREADS[] = "MAX_THREADS=";

static pthread_once_t counted = PTHREAD_ONCE_INIT;
static int calls;
static atomic_int permits; /* calls that may still begin */
static atomic_int waiting;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

/* A build without threads says no number; it may not even lock its pool. */
static void count_calls(void) {
  const char *number = strstr(openblas_get_config(), MAX_THREADS);
  calls = number ? atoi(number + strlen(MAX_THREADS)) : 1;
  if (calls < 1)
    calls = 1;
  atomic_store(&permits, calls);
}

int32_t kioku_blas_calls(void) {
  pthread_once(&counted, count_calls);
  return calls;
}

static int take_permit(void) {
  int left = atomic_load(&permits);
  while (left > 0)
    if (atomic_compare_exchange_weak(&permits, &left, left - 1))
      return 1;
  return 0;
}

/* Waits, asleep, until fewer than kioku_blas_calls() others are between it and blas_end. */
static void blas_begin(void) {
  pthread_once(&counted, count_calls);
  if (take_permit())
    return;
  /* Whoever ends a call either sees that this thread waits, or gave its permit back before this one looks. */
  pthread_mutex_lock(&mutex);
  atomic_fetch_add(&waiting, 1);
  while (!take_permit())
    pthread_cond_wait(&ended, &mutex);
  atomic_fetch_sub(&waiting, 1);
  pthread_mutex_unlock(&mutex);
}

static void blas_end(void) {
  atomic_fetch_add(&permits, 1);
  if (atomic_load(&waiting) > 0) {
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&mutex);
  }
}

static enum CBLAS_TRANSPOSE transposed(int32_t is) { return is ? CblasTrans : CblasNoTrans; }

void kioku_gemm_f32(int32_t trans_a, int32_t trans_b, int32_t m, int32_t n, int32_t k, float alpha, const float *a,
                    int32_t lda, const float *b, int32_t ldb, float beta, float *c, int32_t ldc) {
  blas_begin();
  cblas_sgemm(CblasRowMajor, transposed(trans_a), transposed(trans_b), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  blas_end();
}

void kioku_gemm_f64(int32_t trans_a, int32_t trans_b, int32_t m, int32_t n, int32_t k, double alpha, const double *a,
                    int32_t lda, const double *b, int32_t ldb, double beta, double *c, int32_t ldc) {
  blas_begin();
  cblas_dgemm(CblasRowMajor, transposed(trans_a), transposed(trans_b), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  blas_end();
}
