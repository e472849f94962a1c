/* The vector vocabulary (vector.h) for AVX-512 (F, VL, DQ, BW), with VNNI and BF16 where it is compiled for them. */
#ifndef KIOKU_VECTOR_H
#define KIOKU_VECTOR_H

/* A test puts an emulation of the intrinsics here, to run this tier on machines without it. */
#ifndef KIOKU_INTRINSICS
#define KIOKU_INTRINSICS <immintrin.h>
#endif
#include KIOKU_INTRINSICS
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define LANES 16
#define UNROLL 2 /* as AVX2; not measured */

typedef __m512 vec;
typedef __m512i ivec;
typedef __mmask16 mask;

INLINE vec v_set(float x) { return _mm512_set1_ps(x); }
INLINE vec v_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void v_store(float *p, vec x) { _mm512_storeu_ps(p, x); }

INLINE __mmask16 first_lanes(int64_t n) { return (__mmask16)((1u << n) - 1); }
INLINE vec v_load_part(const float *p, int64_t n) { return _mm512_maskz_loadu_ps(first_lanes(n), p); }
INLINE void v_store_part(float *p, int64_t n, vec x) { _mm512_mask_storeu_ps(p, first_lanes(n), x); }

INLINE vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
INLINE vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
INLINE vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
INLINE vec v_div(vec a, vec b) { return _mm512_div_ps(a, b); }
INLINE vec v_muladd(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec v_nmuladd(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }

INLINE ivec i_set(int32_t x) { return _mm512_set1_epi32(x); }
INLINE ivec i_add(ivec a, ivec b) { return _mm512_add_epi32(a, b); }
INLINE ivec i_sub(ivec a, ivec b) { return _mm512_sub_epi32(a, b); }
INLINE ivec i_to_exponent(ivec a) { return _mm512_slli_epi32(a, 23); }
INLINE ivec i_from_exponent(ivec a) { return _mm512_srai_epi32(a, 23); }
INLINE ivec i_half(ivec a) { return _mm512_srai_epi32(a, 1); }
INLINE ivec v_bits(vec x) { return _mm512_castps_si512(x); }
INLINE vec v_from_bits(ivec bits) { return _mm512_castsi512_ps(bits); }
INLINE vec v_from_int(ivec a) { return _mm512_cvtepi32_ps(a); }

INLINE mask v_less(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
INLINE mask v_equal(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
INLINE vec v_select(mask m, vec yes, vec no) { return _mm512_mask_blend_ps(m, no, yes); }

/* vminps and vmaxps give their second argument when either is NaN. */
INLINE vec v_at_most(vec x, float limit) { return _mm512_min_ps(v_set(limit), x); }
INLINE vec v_at_least(vec x, float limit) { return _mm512_max_ps(v_set(limit), x); }
INLINE vec v_max(vec a, vec b) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), _mm512_max_ps(a, b), a);
}
INLINE vec v_min(vec a, vec b) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), _mm512_min_ps(a, b), a);
}

INLINE vec v_floor(vec x) { return _mm512_floor_ps(x); }
INLINE vec v_scale(vec x, vec k) { return _mm512_scalef_ps(x, k); }
INLINE vec v_minus_abs(vec x) { return v_from_bits(_mm512_or_si512(v_bits(x), i_set(INT32_MIN))); }
INLINE vec v_with_sign(vec x, vec sign) {
  const ivec sign_bit = i_set(INT32_MIN);
  return v_from_bits(
      _mm512_or_si512(_mm512_andnot_si512(sign_bit, v_bits(x)), _mm512_and_si512(sign_bit, v_bits(sign))));
}

/* 24 sums, the weights and an argument of 32 registers. */
#define WIDTH LANES
#define PANEL 4
#define F32_TILES(tile) tile(1, 4) tile(2, 2) tile(3, 1) tile(4, 1) tile(5, 1) tile(6, 1)
typedef vec wide;
INLINE wide w_set(float x) { return v_set(x); }
INLINE wide w_load(const float *p) { return v_load(p); }
INLINE void w_store(float *p, wide x) { v_store(p, x); }
INLINE wide w_keep(wide x) {
#ifdef __AVX512F__
  __asm__("" : "+v"(x));
#endif
  return x;
}
INLINE wide w_add(wide a, wide b) { return v_add(a, b); }
INLINE wide w_mul(wide a, wide b) { return v_mul(a, b); }
INLINE wide w_add_int(wide a, wide b) { return v_from_bits(i_add(v_bits(a), v_bits(b))); }
INLINE wide w_from_int(wide a) { return v_from_int(v_bits(a)); }

/* The same 32 bits in all lanes. */
INLINE ivec i_spread(const float *a) { return v_bits(v_set(*a)); }

INLINE wide w_dot_f32(const float *a, const wide *w, wide sum) { return v_muladd(v_set(*a), *w, sum); }

#ifdef __AVX512BF16__
#define BF16_TILES F32_TILES
INLINE wide w_dot_bf16(const float *a, const wide *w, wide sum) {
  return _mm512_dpbf16_ps(sum, (__m512bh)i_spread(a), (__m512bh)*w);
}
#else
#define BF16_TILES(tile) tile(1, 2) tile(2, 1) tile(3, 1) tile(4, 1)
INLINE wide w_dot_bf16(const float *a, const wide *w, wide sum) {
  const ivec pair = i_spread(a), weights = v_bits(*w), high = i_set((int32_t)0xffff0000);
  sum = v_muladd(v_from_bits(_mm512_slli_epi32(pair, 16)), v_from_bits(_mm512_slli_epi32(weights, 16)), sum);
  return v_muladd(v_from_bits(_mm512_and_si512(pair, high)), v_from_bits(_mm512_and_si512(weights, high)), sum);
}
#endif

#ifdef __AVX512VNNI__
#define INT8_TILES F32_TILES
#define BYTE_DEPTH 1
#define BYTE_SPAN 1
#define BYTE_ARGUMENTS_ABOVE 128
#define BYTE_WEIGHTS_ABOVE 0
#define BYTE_WEIGHTS_MOST 127
INLINE wide w_dot_int8(const float *a, const wide *w, wide sum) {
  return v_from_bits(_mm512_dpbusd_epi32(v_bits(sum), i_spread(a), v_bits(*w)));
}

#define CODES 4
#define CODE_TILES INT8_TILES
INLINE wide w_dot_codes(const float *a, const wide *w, wide sum) { return w_dot_int8(a, w, sum); }
#else
/* As on AVX2. */
#define INT8_TILES(tile) tile(1, 1) tile(2, 1) tile(3, 1)
#define BYTE_DEPTH 2
#define BYTE_SPAN 3
#define BYTE_ARGUMENTS_ABOVE 0
#define BYTE_WEIGHTS_ABOVE 64
#define BYTE_WEIGHTS_MOST 63
INLINE wide w_dot_int8(const float *a, const wide *w, wide sum) {
  const ivec low = _mm512_maddubs_epi16(v_bits(w[0]), i_spread(a));
  const ivec high = _mm512_maddubs_epi16(v_bits(w[1]), i_spread(a + 1));
  const ivec four = _mm512_add_epi16(_mm512_add_epi16(low, high), i_spread(a + 2));
  return v_from_bits(i_add(v_bits(sum), _mm512_madd_epi16(four, _mm512_set1_epi16(1))));
}

#define CODES 2
#define CODE_TILES F32_TILES
INLINE wide w_dot_codes(const float *a, const wide *w, wide sum) {
  return v_from_bits(i_add(v_bits(sum), _mm512_madd_epi16(v_bits(*w), i_spread(a))));
}
#endif

#endif
