/* What the tests share: assertions that count, random floats, and memory whose overrun faults. */
#ifndef KIOKU_CHECK_H
#define KIOKU_CHECK_H

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int failures;

/* Counts a failure and prints the first few. */
__attribute__((format(printf, 2, 3))) static inline void check(int ok, const char *format, ...) {
  if (ok || ++failures > 20)
    return;
  va_list args;
  va_start(args, format);
  fputs("FAIL ", stdout);
  vprintf(format, args);
  putchar('\n');
  va_end(args);
}

/* ---- comparison ---- */

static inline uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* Position among all floats in rising order; -0 and +0 share one. */
static inline int64_t rank(float x) {
  const uint32_t bits = bits_of(x), magnitude = bits & INT32_MAX;
  return bits >> 31 ? -(int64_t)magnitude : (int64_t)magnitude;
}

/* How many floats lie between two; NaN is only near NaN. */
static inline int64_t ulps(float a, float b) {
  if (isnan(a) || isnan(b))
    return isnan(a) && isnan(b) ? 0 : INT32_MAX;
  const int64_t d = rank(a) - rank(b);
  return d < 0 ? -d : d;
}

/* ---- random numbers: xorshift64 (Marsaglia 2003), the same on every machine ---- */

static uint64_t random_state = 88172645463325252u;

static inline uint32_t random_bits(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 32);
}

static inline int64_t random_below(int64_t n) { return random_bits() % n; }

/* In [-scale, scale). */
static inline float random_float(float scale) { return ((float)(random_bits() >> 8) * 0x1p-23f - 1) * scale; }

/* ---- guarded memory ---- */

/* Floats with an inaccessible page before the first and behind the last. */
struct guarded {
  float *floats;
  int64_t count; /* a multiple of a page */
};

static inline struct guarded guarded_new(int64_t at_least) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t size = ((size_t)at_least * sizeof(float) + page) / page * page;
  char *base = mmap(NULL, size + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED || mprotect(base, page, PROT_NONE) != 0 ||
      mprotect(base + page + size, page, PROT_NONE) != 0) {
    perror("guarded_new");
    exit(2);
  }
  return (struct guarded){(float *)(base + page), (int64_t)(size / sizeof(float))};
}

/* `count` floats that end (or begin) where the accessible memory does. All of it is filled with a NaN of its own. */
#define CANARY 0x7fc0ca11u
static inline float *guarded_take(struct guarded g, int64_t count, int at_end) {
  if (count > g.count) {
    printf("guarded_take: %" PRId64 " of %" PRId64 " floats\n", count, g.count);
    exit(2);
  }
  for (int64_t k = 0; k < g.count; k++)
    g.floats[k] = float_of(CANARY);
  return at_end ? g.floats + g.count - count : g.floats;
}

/* How many floats of a matrix's memory, outside its elements, no longer hold what guarded_take wrote. */
static inline int64_t guarded_damage(struct guarded g, const float *data, int64_t rows, int64_t columns,
                                     int64_t stride) {
  int64_t damage = 0;
  for (int64_t k = 0; k < g.count; k++) {
    const int64_t at = k - (data - g.floats);
    const int inside = at >= 0 && columns > 0 && rows > 0 &&
                       (stride == 0 ? at < columns : at / stride < rows && at % stride < columns);
    damage += !inside && bits_of(g.floats[k]) != CANARY;
  }
  return damage;
}

#endif
