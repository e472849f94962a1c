/* AVX-512 on machines without it: SIMDe's emulation, and the intrinsics that SIMDe 0.7 lacks or rounds otherwise, lane
 * by lane as Intel's Intrinsics Guide defines them. */
#ifndef KIOKU_SIMDE_AVX512_H
#define KIOKU_SIMDE_AVX512_H

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <simde/x86/fma.h>
#include <simde/x86/svml.h>

static inline simde__m512 emulated_maskz_loadu_ps(simde__mmask16 mask, const float *p) {
  float lanes[16];
  for (int k = 0; k < 16; k++)
    lanes[k] = mask >> k & 1 ? p[k] : 0;
  return simde_mm512_loadu_ps(lanes);
}

static inline void emulated_mask_storeu_ps(float *p, simde__mmask16 mask, simde__m512 x) {
  float lanes[16];
  simde_mm512_storeu_ps(lanes, x);
  for (int k = 0; k < 16; k++)
    if (mask >> k & 1)
      p[k] = lanes[k];
}

static inline simde__m512i emulated_srai_epi32(simde__m512i x, unsigned count) {
  int32_t lanes[16];
  simde_mm512_storeu_si512(lanes, x);
  for (int k = 0; k < 16; k++)
    lanes[k] >>= count;
  return simde_mm512_loadu_si512(lanes);
}

static inline simde__m512 emulated_cvtepi32_ps(simde__m512i x) {
  int32_t lanes[16];
  float converted[16];
  simde_mm512_storeu_si512(lanes, x);
  for (int k = 0; k < 16; k++)
    converted[k] = (float)lanes[k];
  return simde_mm512_loadu_ps(converted);
}

static inline simde__m512 emulated_scalef_ps(simde__m512 x, simde__m512 power) {
  float lanes[16], powers[16];
  simde_mm512_storeu_ps(lanes, x);
  simde_mm512_storeu_ps(powers, power);
  for (int k = 0; k < 16; k++)
    lanes[k] = powers[k] == powers[k] ? ldexpf(lanes[k], (int)floorf(powers[k])) : powers[k];
  return simde_mm512_loadu_ps(lanes);
}

/* SIMDe 0.7 defines a macro of four arguments under this name. */
static inline simde__m512i emulated_madd_epi16(simde__m512i a, simde__m512i b) {
  int16_t x[32], y[32];
  int32_t sums[16];
  simde_mm512_storeu_si512(x, a);
  simde_mm512_storeu_si512(y, b);
  for (int k = 0; k < 16; k++)
    sums[k] = x[2 * k] * y[2 * k] + x[2 * k + 1] * y[2 * k + 1];
  return simde_mm512_loadu_si512(sums);
}

#undef _mm512_madd_epi16
#undef _mm512_scalef_ps
#define _mm512_scalef_ps(x, power) emulated_scalef_ps(x, power)
#undef _mm512_maskz_loadu_ps
#undef _mm512_mask_storeu_ps
#undef _mm512_srai_epi32
#undef _mm512_cvtepi32_ps
#define _mm512_madd_epi16(a, b) emulated_madd_epi16(a, b)
#define _mm512_maskz_loadu_ps(mask, p) emulated_maskz_loadu_ps(mask, p)
#define _mm512_mask_storeu_ps(p, mask, x) emulated_mask_storeu_ps(p, mask, x)
#define _mm512_srai_epi32(x, count) emulated_srai_epi32(x, count)
#define _mm512_cvtepi32_ps(x) emulated_cvtepi32_ps(x)

#endif
