/* The vector vocabulary for AVX2 and FMA: the few words that the kernels are written in. */
#ifndef KIOKU_VECTOR_H
#define KIOKU_VECTOR_H

#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define LANES 8
#define UNROLL 2 /* vectors computed side by side to hide latency. Zen 3: 2 is 3-8 % faster than 1; 4 no more */

typedef __m256 vec;
typedef __m256i ivec; /* int32 lanes; sums wrap */
typedef __m256 mask;  /* a lane is all ones, or 0 */

INLINE vec v_set(float x) { return _mm256_set1_ps(x); }
INLINE vec v_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void v_store(float *p, vec x) { _mm256_storeu_ps(p, x); }

/* All ones in the first n lanes. */
INLINE __m256i first_lanes(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
/* The first n lanes, 0 < n < LANES; memory behind them is not touched, lanes behind them are 0. */
INLINE vec v_load_part(const float *p, int64_t n) { return _mm256_maskload_ps(p, first_lanes(n)); }
INLINE void v_store_part(float *p, int64_t n, vec x) { _mm256_maskstore_ps(p, first_lanes(n), x); }

INLINE vec v_add(vec a, vec b) { return _mm256_add_ps(a, b); }
INLINE vec v_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
INLINE vec v_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
INLINE vec v_div(vec a, vec b) { return _mm256_div_ps(a, b); }
INLINE vec v_muladd(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }   /* a b + c, rounded once */
INLINE vec v_nmuladd(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); } /* c - a b, rounded once */

INLINE ivec i_set(int32_t x) { return _mm256_set1_epi32(x); }
INLINE ivec i_add(ivec a, ivec b) { return _mm256_add_epi32(a, b); }
INLINE ivec i_sub(ivec a, ivec b) { return _mm256_sub_epi32(a, b); }
INLINE ivec i_to_exponent(ivec a) { return _mm256_slli_epi32(a, 23); }   /* its low 9 bits: sign and exponent */
INLINE ivec i_from_exponent(ivec a) { return _mm256_srai_epi32(a, 23); } /* sign-extended */
INLINE ivec i_half(ivec a) { return _mm256_srai_epi32(a, 1); }           /* rounded down */
INLINE ivec v_bits(vec x) { return _mm256_castps_si256(x); }
INLINE vec v_from_bits(ivec bits) { return _mm256_castsi256_ps(bits); }
INLINE vec v_from_int(ivec a) { return _mm256_cvtepi32_ps(a); }

INLINE mask v_less(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); } /* false for NaN */
INLINE mask v_equal(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
INLINE vec v_select(mask m, vec yes, vec no) { return _mm256_blendv_ps(no, yes, m); }

/* x within a limit. minps and maxps give their second argument when either is NaN: x stays NaN. */
INLINE vec v_at_most(vec x, float limit) { return _mm256_min_ps(v_set(limit), x); }
INLINE vec v_at_least(vec x, float limit) { return _mm256_max_ps(v_set(limit), x); }

/* NaN when either is: the instruction gives b for a NaN a, so that case is mended. */
INLINE vec v_max(vec a, vec b) { return _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q)); }
INLINE vec v_min(vec a, vec b) { return _mm256_blendv_ps(_mm256_min_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q)); }

INLINE vec v_floor(vec x) { return _mm256_floor_ps(x); }                /* rounded down; NaN, infinities and -0 stay */
INLINE vec v_minus_abs(vec x) { return _mm256_or_ps(v_set(-0.0f), x); } /* -|x| */
/* |x| with the sign of the other. */
INLINE vec v_with_sign(vec x, vec sign) {
  const vec sign_bit = v_set(-0.0f);
  return _mm256_or_ps(_mm256_andnot_ps(sign_bit, x), _mm256_and_ps(sign_bit, sign));
}

/* What matrix products are made of: here the same vectors. */
#define WIDTH LANES
/* Rows of a product side by side: 3 times 4 sums, an argument and the weights are 16 registers. */
#define PRODUCT_ROWS 3
#define PRODUCT_SPLIT 2 /* a single row's sums, each in so many parts: two FMA a cycle of latency 4 need 8 */
typedef vec wide;
INLINE wide w_set(float x) { return v_set(x); }
INLINE wide w_load(const float *p) { return v_load(p); }
INLINE void w_store(float *p, wide x) { v_store(p, x); }
INLINE wide w_add(wide a, wide b) { return v_add(a, b); }
INLINE wide w_mul(wide a, wide b) { return v_mul(a, b); }
INLINE wide w_muladd(wide a, wide b, wide c) { return v_muladd(a, b, c); }

/* The same registers as int32 lanes. */
INLINE wide w_add_int(wide a, wide b) { return v_from_bits(i_add(v_bits(a), v_bits(b))); }
INLINE wide w_from_int(wide a) { return v_from_int(v_bits(a)); }

/* sum + a · w in each lane: two bfloat16 of `a`, the same for all lanes, with two of each lane of w. */
INLINE wide w_dot_bf16(const float *a, const float *w, wide sum) {
  const ivec pair = v_bits(_mm256_broadcast_ss(a)), weights = v_bits(v_load(w)), high = i_set((int32_t)0xffff0000);
  sum = v_muladd(v_from_bits(_mm256_slli_epi32(pair, 16)), v_from_bits(_mm256_slli_epi32(weights, 16)), sum);
  return v_muladd(v_from_bits(_mm256_and_si256(pair, high)), v_from_bits(_mm256_and_si256(weights, high)), sum);
}

/* The same in integers: four unsigned bytes of `a` with four signed ones of each lane of w. Bytes are widened first:
 * vpmaddubsw would saturate. */
INLINE wide w_dot_int8(const float *a, const float *w, wide sum) {
  const ivec four = v_bits(_mm256_broadcast_ss(a)), weights = v_bits(v_load(w)), low = i_set(0x00ff00ff);
  const ivec even = _mm256_madd_epi16(_mm256_and_si256(four, low), _mm256_srai_epi16(_mm256_slli_epi16(weights, 8), 8));
  const ivec odd = _mm256_madd_epi16(_mm256_and_si256(_mm256_srli_epi16(four, 8), low), _mm256_srai_epi16(weights, 8));
  return v_from_bits(i_add(v_bits(sum), i_add(even, odd)));
}

#endif
