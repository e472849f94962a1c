/* What the machine can do: multiply-adds of float32, and reading from each cache and from memory; one core. */
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kioku.h"
#include "native_bench.h"

#define SUMS 16
#define CHAIN 100000 /* short against a time slice of the system: the best of many is nobody else's */
#define REPEATED(vector, load, add, muladd, set, flags)                                                                \
  __attribute__((target(flags))) static double muladds_##vector(void) {                                                \
    vector sums[SUMS];                                                                                                 \
    const vector one = set(0.999f);                                                                                    \
    for (int s = 0; s < SUMS; s++)                                                                                     \
      sums[s] = set((float)s);                                                                                         \
    const double start = micros();                                                                                     \
    for (int k = 0; k < CHAIN; k++)                                                                                    \
      for (int s = 0; s < SUMS; s++)                                                                                   \
        sums[s] = muladd(sums[s], one, one);                                                                           \
    const double time = micros() - start;                                                                              \
    volatile vector sink = sums[0];                                                                                    \
    for (int s = 1; s < SUMS; s++)                                                                                     \
      sink = add(sink, sums[s]);                                                                                       \
    return CHAIN * 1e-3 * SUMS * 2 * (double)(sizeof(vector) / sizeof(float)) / time;                                  \
  }                                                                                                                    \
  __attribute__((target(flags))) static float read_##vector(const float *p, int64_t n) {                               \
    vector a = set(0), b = a, c = a, d = a;                                                                            \
    const int64_t lanes = sizeof(vector) / sizeof(float);                                                              \
    for (int64_t k = 0; k < n; k += 4 * lanes) {                                                                       \
      a = add(a, load(p + k));                                                                                         \
      b = add(b, load(p + k + lanes));                                                                                 \
      c = add(c, load(p + k + 2 * lanes));                                                                             \
      d = add(d, load(p + k + 3 * lanes));                                                                             \
    }                                                                                                                  \
    a = add(add(a, b), add(c, d));                                                                                     \
    return ((const float *)&a)[0];                                                                                     \
  }
REPEATED(__m512, _mm512_load_ps, _mm512_add_ps, _mm512_fmadd_ps, _mm512_set1_ps, "avx512f")
REPEATED(__m256, _mm256_load_ps, _mm256_add_ps, _mm256_fmadd_ps, _mm256_set1_ps, "avx2,fma")

/* GB/s of reading `bytes` over and over; the best of many pieces, each short against a time slice of the system. */
static double bandwidth(size_t bytes, int wide) {
  const size_t piece = bytes < (size_t)8 << 20 ? bytes : (size_t)8 << 20, pieces = bytes / piece;
  const size_t repeats = ((size_t)8 << 20) / piece, rounds = pieces > 100 ? 2 : 200 / pieces;
  float *p = zeros(bytes);
  memset(p, 1, bytes); /* pages of its own, not all the one of zeros; 2^-125 each */
  volatile float sink = 0;
  double best = 0;
  for (size_t k = 0; k < rounds * pieces; k++) {
    const float *at = p + k % pieces * (piece / sizeof(float));
    const double start = micros();
    for (size_t r = 0; r < repeats; r++)
      sink = sink + (wide ? read___m512 : read___m256)(at, (int64_t)(piece / sizeof(float)));
    const double rate = (double)(piece * repeats) * 1e-3 / (micros() - start);
    best = rate > best ? rate : best;
  }
  free(p);
  return best;
}

void print_peak(void) {
  const int wide = kioku_isa_active() >= KIOKU_ISA_AVX512;
  double rate = 0;
  for (int round = 0; round < 200; round++) {
    const double now = wide ? muladds___m512() : muladds___m256();
    rate = now > rate ? now : rate;
  }
  const long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE), l3 = sysconf(_SC_LEVEL3_CACHE_SIZE);
  const long second = l2 > 0 ? l2 : 1 << 20, third = l3 > 4 * second ? l3 : 32 << 20;
  printf("isa,%s\ngflops,%.1f\n", kioku_isa_name(kioku_isa_active()), rate);
  printf("l2_bytes,%ld\nl2_gbs,%.1f\n", second, bandwidth((size_t)second / 2, wide));
  printf("l3_bytes,%ld\nl3_gbs,%.1f\n", third, bandwidth((size_t)second * 4, wide));
  printf("memory_gbs,%.1f\n", bandwidth((size_t)third > ((size_t)1 << 29) ? (size_t)1 << 30 : (size_t)third * 2, wide));
}
