/* The vector vocabulary (vector.h) for NEON on 64-bit ARM, with DOTPROD and BF16 where it is compiled for them. */
#ifndef KIOKU_VECTOR_H
#define KIOKU_VECTOR_H

#include <arm_neon.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define LANES 4
#define UNROLL 2 /* as AVX2; not measured */

typedef float32x4_t vec;
typedef int32x4_t ivec;
typedef uint32x4_t mask;

INLINE vec v_set(float x) { return vdupq_n_f32(x); }
INLINE vec v_load(const float *p) { return vld1q_f32(p); }
INLINE void v_store(float *p, vec x) { vst1q_f32(p, x); }
INLINE vec v_load_part(const float *p, int64_t n) {
  vec x = vld1q_lane_f32(p, v_set(0), 0);
  if (n > 1)
    x = vld1q_lane_f32(p + 1, x, 1);
  return n > 2 ? vld1q_lane_f32(p + 2, x, 2) : x;
}
INLINE void v_store_part(float *p, int64_t n, vec x) {
  vst1q_lane_f32(p, x, 0);
  if (n > 1)
    vst1q_lane_f32(p + 1, x, 1);
  if (n > 2)
    vst1q_lane_f32(p + 2, x, 2);
}

INLINE vec v_add(vec a, vec b) { return vaddq_f32(a, b); }
INLINE vec v_sub(vec a, vec b) { return vsubq_f32(a, b); }
INLINE vec v_mul(vec a, vec b) { return vmulq_f32(a, b); }
INLINE vec v_div(vec a, vec b) { return vdivq_f32(a, b); }
INLINE vec v_muladd(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
INLINE vec v_nmuladd(vec a, vec b, vec c) { return vfmsq_f32(c, a, b); }

INLINE ivec i_set(int32_t x) { return vdupq_n_s32(x); }
INLINE ivec i_add(ivec a, ivec b) { return vaddq_s32(a, b); }
INLINE ivec i_sub(ivec a, ivec b) { return vsubq_s32(a, b); }
INLINE ivec i_to_exponent(ivec a) { return vshlq_n_s32(a, 23); }
INLINE ivec i_from_exponent(ivec a) { return vshrq_n_s32(a, 23); }
INLINE ivec i_half(ivec a) { return vshrq_n_s32(a, 1); }
INLINE ivec v_bits(vec x) { return vreinterpretq_s32_f32(x); }
INLINE vec v_from_bits(ivec bits) { return vreinterpretq_f32_s32(bits); }
INLINE vec v_from_int(ivec a) { return vcvtq_f32_s32(a); }

INLINE mask v_less(vec a, vec b) { return vcltq_f32(a, b); }
INLINE mask v_equal(vec a, vec b) { return vceqq_f32(a, b); }
INLINE vec v_select(mask m, vec yes, vec no) { return vbslq_f32(m, yes, no); }

/* fmin and fmax give NaN when either is. */
INLINE vec v_at_most(vec x, float limit) { return vminq_f32(x, v_set(limit)); }
INLINE vec v_at_least(vec x, float limit) { return vmaxq_f32(x, v_set(limit)); }
INLINE vec v_max(vec a, vec b) { return vmaxq_f32(a, b); }
INLINE vec v_min(vec a, vec b) { return vminq_f32(a, b); }
INLINE vec v_floor(vec x) { return vrndmq_f32(x); }
/* 2^k alone may not be a float, so it is applied in two halves: only the last product can be denormal or infinite, and
 * is rounded. 127 is the exponent's bias. */
INLINE vec v_scale(vec x, vec k) {
  const ivec whole = vcvtnq_s32_f32(k), half = i_half(whole);
  const vec s = v_from_bits(i_to_exponent(i_add(half, i_set(127))));
  const vec t = v_from_bits(i_to_exponent(i_add(i_sub(whole, half), i_set(127))));
  return v_mul(v_mul(x, s), t);
}
INLINE vec v_minus_abs(vec x) { return vnegq_f32(vabsq_f32(x)); }
INLINE vec v_with_sign(vec x, vec sign) { return vbslq_f32(vdupq_n_u32(0x80000000u), sign, x); }

/* Four multiply-adds a cycle of latency 4, as large cores have, need 16 sums; 24, the weights and arguments are of 32
 * registers. */
#define WIDTH LANES
#define PANEL 6
#define F32_TILES(tile) tile(1, 4) tile(2, 2) tile(3, 1) tile(4, 1)
#define BF16_TILES F32_TILES
#define INT8_TILES F32_TILES
typedef vec wide;
INLINE wide w_set(float x) { return v_set(x); }
INLINE wide w_load(const float *p) { return v_load(p); }
INLINE void w_store(float *p, wide x) { v_store(p, x); }
INLINE wide w_keep(wide x) { return x; } /* no instruction takes memory for a register */
INLINE wide w_add(wide a, wide b) { return v_add(a, b); }
INLINE wide w_mul(wide a, wide b) { return v_mul(a, b); }
INLINE wide w_add_int(wide a, wide b) { return v_from_bits(i_add(v_bits(a), v_bits(b))); }
INLINE wide w_from_int(wide a) { return v_from_int(v_bits(a)); }

INLINE wide w_dot_f32(const float *a, const wide *w, wide sum) { return vfmaq_n_f32(sum, *w, *a); }
INLINE wide w_dot_bf16(const float *a, const wide *w, wide sum) {
#ifdef __ARM_FEATURE_BF16_VECTOR_ARITHMETIC
  return vbfdotq_f32(sum, vreinterpretq_bf16_f32(*w), vreinterpretq_bf16_f32(v_set(*a)));
#else
  const ivec pair = v_bits(v_set(*a)), weights = v_bits(*w), high = i_set((int32_t)0xffff0000);
  sum = v_muladd(v_from_bits(vshlq_n_s32(pair, 16)), v_from_bits(vshlq_n_s32(weights, 16)), sum);
  return v_muladd(v_from_bits(vandq_s32(pair, high)), v_from_bits(vandq_s32(weights, high)), sum);
#endif
}

#define BYTE_DEPTH 1
#define BYTE_SPAN 1
#define BYTE_ARGUMENTS_ABOVE 0
#define BYTE_WEIGHTS_ABOVE 0
#define BYTE_WEIGHTS_MOST 127
INLINE wide w_dot_int8(const float *a, const wide *w, wide sum) {
  const int8x16_t four = vreinterpretq_s8_f32(v_set(*a)), weights = vreinterpretq_s8_f32(*w);
#ifdef __ARM_FEATURE_DOTPROD
  return v_from_bits(vdotq_s32(v_bits(sum), weights, four));
#else
  const ivec low = vpaddlq_s16(vmull_s8(vget_low_s8(four), vget_low_s8(weights)));
  const ivec high = vpaddlq_s16(vmull_s8(vget_high_s8(four), vget_high_s8(weights)));
  return v_from_bits(i_add(v_bits(sum), vpaddq_s32(low, high)));
#endif
}

#define CODES 4
#define CODE_TILES INT8_TILES
INLINE wide w_dot_codes(const float *a, const wide *w, wide sum) { return w_dot_int8(a, w, sum); }

#endif
