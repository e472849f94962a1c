/* Internal: the instruction tiers, in one list. */
#ifndef KIOKU_TIERS_H
#define KIOKU_TIERS_H

#include "kioku.h"

#if defined(__x86_64__)
#define KIOKU_ON_X86(...) __VA_ARGS__
#else
#define KIOKU_ON_X86(...)
#endif
#ifdef __AARCH64EL__
#define KIOKU_ON_ARM(...) __VA_ARGS__
#else
#define KIOKU_ON_ARM(...)
#endif
#define KIOKU_ON_ANY(...) __VA_ARGS__

/* From the least to the best: the last one that is usable is taken.
 * tier(KIOKU_ISA_*, its name and that of its files and symbols, where it is built, the tier that it implies) */
/* clang-format off */
#define KIOKU_TIERS(tier) \
  tier(SCALAR,       scalar,       KIOKU_ON_ANY, SCALAR) \
  tier(AVX2,         avx2,         KIOKU_ON_X86, SCALAR) \
  tier(AVX_VNNI,     avx_vnni,     KIOKU_ON_X86, AVX2) \
  tier(AVX512,       avx512,       KIOKU_ON_X86, AVX2) \
  tier(AVX512_VNNI,  avx512_vnni,  KIOKU_ON_X86, AVX512) \
  tier(AVX512_BF16,  avx512_bf16,  KIOKU_ON_X86, AVX512_VNNI) \
  tier(AMX,          amx,          KIOKU_ON_X86, AVX512_BF16) \
  tier(NEON,         neon,         KIOKU_ON_ARM, SCALAR) \
  tier(NEON_DOTPROD, neon_dotprod, KIOKU_ON_ARM, NEON) \
  tier(NEON_BF16,    neon_bf16,    KIOKU_ON_ARM, NEON_DOTPROD)
/* clang-format on */

struct kioku_kernels;
#define KIOKU_TIER_TABLE(id, name, where, implied) where(extern const struct kioku_kernels kioku_kernels_##name;)
KIOKU_TIERS(KIOKU_TIER_TABLE)
#undef KIOKU_TIER_TABLE

#endif
