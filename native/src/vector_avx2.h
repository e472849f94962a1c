/* The vector vocabulary (vector.h) for AVX2 and FMA, and AVX-VNNI where it is compiled for that. */
#ifndef KIOKU_VECTOR_H
#define KIOKU_VECTOR_H

#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define LANES 8
#define UNROLL 2 /* Zen 3: 2 is 3-8 % faster than 1; 4 no more */

typedef __m256 vec;
typedef __m256i ivec;
typedef __m256 mask; /* a lane is all ones, or 0 */

INLINE vec v_set(float x) { return _mm256_set1_ps(x); }
INLINE vec v_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void v_store(float *p, vec x) { _mm256_storeu_ps(p, x); }

/* All ones in the first n lanes. */
INLINE __m256i first_lanes(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE vec v_load_part(const float *p, int64_t n) { return _mm256_maskload_ps(p, first_lanes(n)); }
INLINE void v_store_part(float *p, int64_t n, vec x) { _mm256_maskstore_ps(p, first_lanes(n), x); }

INLINE vec v_add(vec a, vec b) { return _mm256_add_ps(a, b); }
INLINE vec v_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
INLINE vec v_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
INLINE vec v_div(vec a, vec b) { return _mm256_div_ps(a, b); }
INLINE vec v_muladd(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vec v_nmuladd(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); }

INLINE ivec i_set(int32_t x) { return _mm256_set1_epi32(x); }
INLINE ivec i_add(ivec a, ivec b) { return _mm256_add_epi32(a, b); }
INLINE ivec i_sub(ivec a, ivec b) { return _mm256_sub_epi32(a, b); }
INLINE ivec i_to_exponent(ivec a) { return _mm256_slli_epi32(a, 23); }
INLINE ivec i_from_exponent(ivec a) { return _mm256_srai_epi32(a, 23); }
INLINE ivec i_half(ivec a) { return _mm256_srai_epi32(a, 1); }
INLINE ivec v_bits(vec x) { return _mm256_castps_si256(x); }
INLINE vec v_from_bits(ivec bits) { return _mm256_castsi256_ps(bits); }
INLINE vec v_from_int(ivec a) { return _mm256_cvtepi32_ps(a); }

INLINE mask v_less(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
INLINE mask v_equal(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
INLINE vec v_select(mask m, vec yes, vec no) { return _mm256_blendv_ps(no, yes, m); }

/* minps and maxps give their second argument when either is NaN. */
INLINE vec v_at_most(vec x, float limit) { return _mm256_min_ps(v_set(limit), x); }
INLINE vec v_at_least(vec x, float limit) { return _mm256_max_ps(v_set(limit), x); }

INLINE vec v_max(vec a, vec b) { return _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q)); }
INLINE vec v_min(vec a, vec b) { return _mm256_blendv_ps(_mm256_min_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q)); }

INLINE vec v_floor(vec x) { return _mm256_floor_ps(x); }
/* 2^k alone may not be a float, so it is applied in two halves: only the last product can be denormal or infinite, and
 * is rounded. 127 is the exponent's bias. */
INLINE vec v_scale(vec x, vec k) {
  const ivec whole = _mm256_cvtps_epi32(k), half = i_half(whole);
  const vec s = v_from_bits(i_to_exponent(i_add(half, i_set(127))));
  const vec t = v_from_bits(i_to_exponent(i_add(i_sub(whole, half), i_set(127))));
  return v_mul(v_mul(x, s), t);
}
INLINE vec v_minus_abs(vec x) { return _mm256_or_ps(v_set(-0.0f), x); }
INLINE vec v_with_sign(vec x, vec sign) {
  const vec sign_bit = v_set(-0.0f);
  return _mm256_or_ps(_mm256_andnot_ps(sign_bit, x), _mm256_and_ps(sign_bit, sign));
}

/* Products: two multiply-adds a cycle of latency 4 need 8 sums; 4 rows times 3 vectors, the weights and an argument are
 * 16 registers. */
#define WIDTH LANES
#define PANEL 3
#define F32_TILES(tile) tile(1, 4) tile(2, 2) tile(3, 1) tile(4, 1)
#define BF16_TILES(tile) tile(1, 2) tile(2, 1)
typedef vec wide;
INLINE wide w_set(float x) { return v_set(x); }
INLINE wide w_load(const float *p) { return v_load(p); }
INLINE void w_store(float *p, wide x) { v_store(p, x); }
INLINE wide w_keep(wide x) {
  __asm__("" : "+x"(x));
  return x;
}
INLINE wide w_add(wide a, wide b) { return v_add(a, b); }
INLINE wide w_mul(wide a, wide b) { return v_mul(a, b); }
INLINE wide w_add_int(wide a, wide b) { return v_from_bits(i_add(v_bits(a), v_bits(b))); }
INLINE wide w_from_int(wide a) { return v_from_int(v_bits(a)); }

INLINE wide w_dot_f32(const float *a, const wide *w, wide sum) { return v_muladd(_mm256_broadcast_ss(a), *w, sum); }
INLINE wide w_dot_bf16(const float *a, const wide *w, wide sum) {
  const ivec pair = v_bits(_mm256_broadcast_ss(a)), weights = v_bits(*w), high = i_set((int32_t)0xffff0000);
  sum = v_muladd(v_from_bits(_mm256_slli_epi32(pair, 16)), v_from_bits(_mm256_slli_epi32(weights, 16)), sum);
  return v_muladd(v_from_bits(_mm256_and_si256(pair, high)), v_from_bits(_mm256_and_si256(weights, high)), sum);
}

#ifdef __AVXVNNI__
#define INT8_TILES(tile) tile(1, 4) tile(2, 2) tile(3, 1) tile(4, 1)
#define BYTE_DEPTH 1
#define BYTE_SPAN 1
#define BYTE_ARGUMENTS_ABOVE 128
#define BYTE_WEIGHTS_ABOVE 0
#define BYTE_WEIGHTS_MOST 127
INLINE wide w_dot_int8(const float *a, const wide *w, wide sum) {
  return v_from_bits(_mm256_dpbusd_avx_epi32(v_bits(sum), v_bits(_mm256_broadcast_ss(a)), v_bits(*w)));
}

#define CODES 4
#define CODE_TILES INT8_TILES
INLINE wide w_dot_codes(const float *a, const wide *w, wide sum) { return w_dot_int8(a, w, sum); }
#else
/* Without an instruction for it: 16-bit sums of four products each. Weights are 64 too large, 1 to 127, which
 * vpmaddubsw takes as unsigned; two of its products, at most 2 * 127 * 127, do not saturate. Two such sums may wrap
 * around, but minus 64 times the sum of the arguments, their third word, they are right again: at most 4 * 127 * 63. */
#define INT8_TILES(tile) tile(1, 1) tile(2, 1)
#define BYTE_DEPTH 2
#define BYTE_SPAN 3
#define BYTE_ARGUMENTS_ABOVE 0
#define BYTE_WEIGHTS_ABOVE 64
#define BYTE_WEIGHTS_MOST 63
INLINE wide w_dot_int8(const float *a, const wide *w, wide sum) {
  const ivec low = _mm256_maddubs_epi16(v_bits(w[0]), v_bits(_mm256_broadcast_ss(a)));
  const ivec high = _mm256_maddubs_epi16(v_bits(w[1]), v_bits(_mm256_broadcast_ss(a + 1)));
  const ivec four = _mm256_add_epi16(_mm256_add_epi16(low, high), v_bits(_mm256_broadcast_ss(a + 2)));
  return v_from_bits(i_add(v_bits(sum), _mm256_madd_epi16(four, _mm256_set1_epi16(1))));
}

/* Weights of 8 bits would saturate vpmaddubsw. 9 sums, the weights, an argument and a product of 16 registers. */
#define CODES 2
#define CODE_TILES(tile) tile(1, 2) tile(2, 2) tile(3, 1)
INLINE wide w_dot_codes(const float *a, const wide *w, wide sum) {
  return v_from_bits(i_add(v_bits(sum), _mm256_madd_epi16(v_bits(*w), v_bits(_mm256_broadcast_ss(a)))));
}
#endif

#endif
