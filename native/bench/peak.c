/* What one core can do at most with the instructions of the tier in use: multiply-adds in each precision, and reading
 * from each cache and from memory. The best of many rounds, each short against a time slice of the system, so that the
 * best one was not interrupted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kioku.h"
#include "native_bench.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define TARGET(flags) __attribute__((target(flags)))
#define VECTOR_REGISTER "v"
#else
#define TARGET(flags)
#define VECTOR_REGISTER "w"
#endif
#if defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { STEPS = 10000, WARM_UP = 300000, ROUNDS = 2000 };

/* A function that gives GFLOP/s. Its sums are independent: more than a core has in flight (two a cycle, four or five
 * cycles each; NEON four a cycle), but no more than fit into the registers beside the factors and a product, and than
 * compilers unroll by themselves. The factors are said to change, or a product would be computed once for all. */
#define MULTIPLY_ADDS(name, flags, vector, sums, multiply_adds, zero, step)                                            \
  TARGET(flags) static double name(void) {                                                                             \
    vector s[sums], a = zero, b = zero;                                                                                \
    for (int k = 0; k < sums; k++)                                                                                     \
      s[k] = zero;                                                                                                     \
    const double start = micros();                                                                                     \
    for (int i = 0; i < STEPS; i++)                                                                                    \
      for (int k = 0; k < sums; k++) {                                                                                 \
        __asm__ volatile("" : "+" VECTOR_REGISTER(a), "+" VECTOR_REGISTER(b));                                         \
        s[k] = step(s[k], a, b);                                                                                       \
      }                                                                                                                \
    const double time = micros() - start;                                                                              \
    for (int k = 0; k < sums; k++)                                                                                     \
      __asm__ volatile("" : : VECTOR_REGISTER(s[k]));                                                                  \
    return 2e-3 * STEPS * sums * multiply_adds / time;                                                                 \
  }

enum { READ_AT_ONCE = 8 };

/* A function that reads n floats, a multiple of 8 vectors. */
#define READ(name, flags, vector, zero, load, add)                                                                     \
  TARGET(flags) static void name(const float *p, int64_t n) {                                                          \
    enum { LANES = sizeof(vector) / sizeof(float) };                                                                   \
    vector s[READ_AT_ONCE];                                                                                            \
    for (int k = 0; k < READ_AT_ONCE; k++)                                                                             \
      s[k] = zero;                                                                                                     \
    for (int64_t i = 0; i < n; i += READ_AT_ONCE * LANES)                                                              \
      for (int k = 0; k < READ_AT_ONCE; k++)                                                                           \
        s[k] = add(s[k], load(p + i + k * LANES));                                                                     \
    for (int k = 0; k < READ_AT_ONCE; k++)                                                                             \
      __asm__ volatile("" : : VECTOR_REGISTER(s[k]));                                                                  \
  }

/* Four floats with what every CPU of the kind has; a product and a sum apart, as in the scalar kernels. */
typedef float four __attribute__((vector_size(16)));
#define FOUR_ZEROS ((four){0})
#define FOUR_STEP(s, a, b) ((s) + (a) * (b))
#define FOUR_LOAD(p) (*(const four *)(p))
#define FOUR_ADD(s, a) ((s) + (a))
MULTIPLY_ADDS(f32_plain, "sse2", four, 10, 4, FOUR_ZEROS, FOUR_STEP)
READ(read_plain, "sse2", four, FOUR_ZEROS, FOUR_LOAD, FOUR_ADD)

#if defined(__aarch64__)
#define NEON_STEP(s, a, b) vfmaq_f32(s, a, b)
MULTIPLY_ADDS(f32_neon, "", float32x4_t, 16, 4, vdupq_n_f32(0), NEON_STEP)
#endif

#if defined(__x86_64__)
#define F32_256(s, a, b) _mm256_fmadd_ps(a, b, s)
#define F32_512(s, a, b) _mm512_fmadd_ps(a, b, s)
/* Bytes widened to 16 bits, two products to a sum. With bytes of 7 bits VPMADDUBSW takes one more instruction for twice
 * as many: the same rate. */
#define WIDE_256(s, a, b) _mm256_add_epi32(s, _mm256_madd_epi16(a, b))
#define WIDE_512(s, a, b) _mm512_add_epi32(s, _mm512_madd_epi16(a, b))
#define BYTES_512(s, a, b) _mm512_dpbusd_epi32(s, a, b)
#define BF16_512(s, a, b) _mm512_dpbf16_ps(s, (__m512bh)(a), (__m512bh)(b))
MULTIPLY_ADDS(f32_avx2, "avx2,fma", __m256, 12, 8, _mm256_setzero_ps(), F32_256)
MULTIPLY_ADDS(int8_avx2, "avx2", __m256i, 12, 16, _mm256_setzero_si256(), WIDE_256)
MULTIPLY_ADDS(f32_avx512, "avx512f", __m512, 12, 16, _mm512_setzero_ps(), F32_512)
MULTIPLY_ADDS(int8_avx512, "avx512bw", __m512i, 12, 32, _mm512_setzero_si512(), WIDE_512)
MULTIPLY_ADDS(int8_vnni_512, "avx512vnni", __m512i, 12, 64, _mm512_setzero_si512(), BYTES_512)
MULTIPLY_ADDS(bf16_512, "avx512bf16", __m512, 12, 32, _mm512_setzero_ps(), BF16_512)
#if defined(__clang__) || __GNUC__ >= 11
#define BYTES_256(s, a, b) _mm256_dpbusd_avx_epi32(s, a, b)
MULTIPLY_ADDS(int8_vnni_256, "avxvnni", __m256i, 12, 32, _mm256_setzero_si256(), BYTES_256)
#else
#define int8_vnni_256 int8_avx2
#endif
READ(read_256, "avx2", __m256, _mm256_setzero_ps(), _mm256_load_ps, _mm256_add_ps)
READ(read_512, "avx512f", __m512, _mm512_setzero_ps(), _mm512_load_ps, _mm512_add_ps)

/* Tiles of 16 rows of 64 bytes: four sums and two factors. libkioku has asked the system for them when it found the
 * tier. */
static const struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tiles = {.palette = 1, .row_bytes = {64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16}};

#define TILE_MULTIPLY_ADDS(name, flags, multiply_adds, step)                                                           \
  TARGET(flags) static double name(void) {                                                                             \
    _tile_loadconfig(&tiles); /* and zeros */                                                                          \
    const double start = micros();                                                                                     \
    for (int i = 0; i < STEPS / 10; i++) {                                                                             \
      step(0, 4, 5);                                                                                                   \
      step(1, 4, 5);                                                                                                   \
      step(2, 4, 5);                                                                                                   \
      step(3, 4, 5);                                                                                                   \
    }                                                                                                                  \
    const double time = micros() - start;                                                                              \
    _tile_release();                                                                                                   \
    return 2e-3 * (STEPS / 10) * 4 * multiply_adds / time;                                                             \
  }
TILE_MULTIPLY_ADDS(bf16_amx, "amx-tile,amx-bf16", 16 * 16 * 32, _tile_dpbf16ps)
TILE_MULTIPLY_ADDS(int8_amx, "amx-tile,amx-int8", 16 * 16 * 64, _tile_dpbusd)
#endif

/* A tier without products of its own in a precision widens the weights and computes as the one to the left. */
static const struct tier {
  const char *name; /* or what the names of several begin with */
  double (*f32)(void), (*bf16)(void), (*int8)(void);
  void (*read)(const float *p, int64_t n);
} tiers[] = {
#if defined(__x86_64__)
    {"amx", f32_avx512, bf16_amx, int8_amx, read_512},
    {"avx512_bf16", f32_avx512, bf16_512, int8_vnni_512, read_512},
    {"avx512_vnni", f32_avx512, f32_avx512, int8_vnni_512, read_512},
    {"avx512", f32_avx512, f32_avx512, int8_avx512, read_512},
    {"avx_vnni", f32_avx2, f32_avx2, int8_vnni_256, read_256},
    {"avx2", f32_avx2, f32_avx2, int8_avx2, read_256},
#endif
#if defined(__aarch64__)
    {"neon", f32_neon, f32_neon, f32_neon, read_plain},
#endif
    {"", f32_plain, f32_plain, f32_plain, read_plain},
};

static double best(double (*rate)(void)) {
  double most = 0;
  /* A core that was idle needs a while until its clock is at its highest. */
  for (const double start = micros(); micros() - start < WARM_UP;)
    rate();
  for (int round = 0; round < ROUNDS; round++) {
    const double now = rate();
    most = now > most ? now : most;
  }
  return most;
}

/* GB/s of reading `bytes`, a multiple of 4 KiB, over and over; the best of many pieces. */
static double bandwidth(const struct tier *tier, size_t bytes) {
  const size_t least = (size_t)1 << 20, most = (size_t)8 << 20;
  const size_t piece = bytes < most ? bytes : most, pieces = bytes / piece;
  const size_t repeats = piece < least ? least / piece : 1;
  const size_t rounds = pieces > 500 ? 2 * pieces : 1000;
  float *p = zeros(bytes);
  memset(p, 1, bytes); /* pages of its own, not all the one of zeros; 2^-125 each */
  double highest = 0;
  for (size_t k = 0; k < rounds; k++) {
    const float *at = p + k % pieces * (piece / sizeof(float));
    const double start = micros();
    for (size_t r = 0; r < repeats; r++)
      tier->read(at, (int64_t)(piece / sizeof(float)));
    const double rate = (double)(piece * repeats) * 1e-3 / (micros() - start);
    highest = rate > highest && k >= pieces ? rate : highest; /* the first time brings it into the caches */
  }
  free(p);
  return highest;
}

void print_peak(void) {
  const char *name = kioku_isa_name(kioku_isa_active());
  const struct tier *tier = tiers;
  while (strncmp(name, tier->name, strlen(tier->name)) != 0)
    tier++;
  printf("isa,%s\ndetected,%s\n", name, kioku_isa_name(kioku_isa_detected()));
  const double f32 = best(tier->f32);
  printf("f32_gflops,%.1f\n", f32);
  printf("bf16_gflops,%.1f\n", tier->bf16 == tier->f32 ? f32 : best(tier->bf16));
  printf("int8_gflops,%.1f\n", tier->int8 == tier->f32 ? f32 : best(tier->int8));
  const long l1 = sysconf(_SC_LEVEL1_DCACHE_SIZE), l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
  const long l3 = sysconf(_SC_LEVEL3_CACHE_SIZE); /* a virtual machine may name more than it has */
  const size_t first = l1 > 0 ? (size_t)l1 : (size_t)32 << 10, second = l2 > 0 ? (size_t)l2 : (size_t)1 << 20;
  const size_t third = l3 > 0 && (size_t)l3 > 4 * second ? (size_t)l3 : (size_t)32 << 20;
  const size_t beyond = third > (size_t)1 << 29 ? (size_t)1 << 30 : 2 * third;
  printf("l1_bytes,%zu\nl1_gbs,%.1f\n", first, bandwidth(tier, first / 16384 * 12288));
  printf("l2_bytes,%zu\nl2_gbs,%.1f\n", second, bandwidth(tier, second / 8192 * 4096));
  printf("l3_bytes,%zu\nl3_gbs,%.1f\n", third, bandwidth(tier, second * 4));
  printf("memory_gbs,%.1f\n", bandwidth(tier, beyond));
}
