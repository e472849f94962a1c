/* The vector vocabulary (vector.h) in plain C: a vector of one float. The compiler may widen loops over it (SSE2,
 * NEON).
 */
#ifndef KIOKU_VECTOR_H
#define KIOKU_VECTOR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define LANES 1
#define UNROLL 1

typedef float vec;
typedef int32_t ivec;
typedef int mask;

INLINE vec v_set(float x) { return x; }
INLINE vec v_load(const float *p) { return *p; }
INLINE void v_store(float *p, vec x) { *p = x; }
/* A part of one float is none; never called. */
INLINE vec v_load_part(const float *p, int64_t n) { return n ? *p : 0; }
INLINE void v_store_part(float *p, int64_t n, vec x) {
  if (n)
    *p = x;
}

INLINE vec v_add(vec a, vec b) { return a + b; }
INLINE vec v_sub(vec a, vec b) { return a - b; }
INLINE vec v_mul(vec a, vec b) { return a * b; }
INLINE vec v_div(vec a, vec b) { return a / b; }
#ifdef FP_FAST_FMAF
INLINE vec v_muladd(vec a, vec b, vec c) { return fmaf(a, b, c); }
INLINE vec v_nmuladd(vec a, vec b, vec c) { return fmaf(-a, b, c); }
#else
/* The product of two floats is exact in double; the sum is rounded twice: at most 0.5 + 2^-29 ULP. */
INLINE vec v_muladd(vec a, vec b, vec c) { return (float)((double)a * b + c); }
INLINE vec v_nmuladd(vec a, vec b, vec c) { return (float)(c - (double)a * b); }
#endif

INLINE ivec i_set(int32_t x) { return x; }
INLINE ivec i_add(ivec a, ivec b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
INLINE ivec i_sub(ivec a, ivec b) { return (int32_t)((uint32_t)a - (uint32_t)b); }
INLINE ivec i_to_exponent(ivec a) { return (int32_t)((uint32_t)a << 23); }
INLINE ivec i_from_exponent(ivec a) { return a >> 23; }
INLINE ivec i_half(ivec a) { return a >> 1; }
INLINE ivec v_bits(vec x) {
  ivec bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
INLINE vec v_from_bits(ivec bits) {
  vec x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
INLINE vec v_from_int(ivec a) { return (float)a; }

INLINE mask v_less(vec a, vec b) { return a < b; }
INLINE mask v_equal(vec a, vec b) { return a == b; }
INLINE vec v_select(mask m, vec yes, vec no) { return m ? yes : no; }
INLINE vec v_at_most(vec x, float limit) { return limit < x ? limit : x; }
INLINE vec v_at_least(vec x, float limit) { return limit > x ? limit : x; }
INLINE vec v_max(vec a, vec b) { return a > b || a != a ? a : b; }
INLINE vec v_min(vec a, vec b) { return a < b || a != a ? a : b; }
INLINE vec v_floor(vec x) { return floorf(x); }
/* 2^k alone may not be a float, so it is applied in two halves: only the last product can be denormal or infinite, and
 * is rounded. 127 is the exponent's bias. */
INLINE vec v_scale(vec x, vec k) {
  const ivec whole = k == k ? (int32_t)k : 0, half = i_half(whole);
  const vec s = v_from_bits(i_to_exponent(i_add(half, i_set(127))));
  const vec t = v_from_bits(i_to_exponent(i_add(i_sub(whole, half), i_set(127))));
  return v_mul(v_mul(x, s), t);
}
INLINE vec v_minus_abs(vec x) { return v_from_bits(v_bits(x) | INT32_MIN); }
INLINE vec v_with_sign(vec x, vec sign) { return v_from_bits((v_bits(x) & INT32_MAX) | (v_bits(sign) & INT32_MIN)); }

/* Products take four floats at once, which every compiler makes the best of (SSE2, NEON); each product is rounded
 * before it is added. */
#define WIDTH 4
#define PANEL 4
#define F32_TILES(tile) tile(1, 2) tile(2, 1) tile(3, 1)
#define BF16_TILES F32_TILES
#define INT8_TILES F32_TILES
#define BYTE_DEPTH 1
#define BYTE_SPAN 1
#define BYTE_ARGUMENTS_ABOVE 0
#define BYTE_WEIGHTS_ABOVE 0
#define BYTE_WEIGHTS_MOST 127
typedef float wide __attribute__((vector_size(16)));
typedef int32_t iwide __attribute__((vector_size(16)));
INLINE wide w_set(float x) { return (wide){x, x, x, x}; }
INLINE wide w_load(const float *p) {
  wide x;
  memcpy(&x, p, sizeof x);
  return x;
}
INLINE void w_store(float *p, wide x) { memcpy(p, &x, sizeof x); }
INLINE wide w_keep(wide x) { return x; }
INLINE wide w_add(wide a, wide b) { return a + b; }
INLINE wide w_mul(wide a, wide b) { return a * b; }
INLINE wide w_add_int(wide a, wide b) { return (wide)((iwide)a + (iwide)b); }
INLINE wide w_from_int(wide a) { return __builtin_convertvector((iwide)a, wide); }

INLINE wide w_dot_f32(const float *a, const wide *w, wide sum) { return w_set(*a) * *w + sum; }
INLINE wide w_dot_bf16(const float *a, const wide *w, wide sum) {
  const iwide pair = (iwide)w_set(*a), weights = (iwide)*w, high = (iwide){} + (int32_t)0xffff0000;
  sum = (wide)(pair << 16) * (wide)(weights << 16) + sum;
  return (wide)(pair & high) * (wide)(weights & high) + sum;
}
INLINE wide w_dot_int8(const float *a, const wide *w, wide sum) {
  const iwide four = (iwide)w_set(*a), weights = (iwide)*w;
  iwide result = (iwide)sum;
  for (int shift = 24; shift >= 0; shift -= 8)
    result += (four << shift >> 24) * (weights << shift >> 24);
  return (wide)result;
}

#define CODES 4
#define CODE_TILES INT8_TILES
INLINE wide w_dot_codes(const float *a, const wide *w, wide sum) { return w_dot_int8(a, w, sum); }

#endif
