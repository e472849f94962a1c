/* Which instructions the CPU has and the operating system saves, and which of them are used. */
#define _GNU_SOURCE /* syscall */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#define BIT(id) (1u << KIOKU_ISA_##id)

/* ---- what there is: a bit for each tier whose own instructions this machine has ---- */

#if defined(__x86_64__)
#include <cpuid.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* Extended control register 0: the register files that the OS saves when it switches threads. */
static uint64_t saved_registers(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

/* Linux gives a process its matrix unit, all its threads to come, when it asks: arch_prctl(2), ARCH_REQ_XCOMP_PERM. */
static int may_use_tiles(void) {
#ifdef __linux__
  return syscall(SYS_arch_prctl, 0x1023, 18 /* XTILEDATA */) == 0;
#else
  return 0;
#endif
}

/* Bits: Intel SDM vol. 2A, CPUID leaves 1 and 7; vol. 1 §13.3 for XCR0. */
static uint32_t detect(void) {
  const uint32_t fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28; /* leaf 1, ECX */
  const uint32_t avx2 = 1u << 5;                                     /* leaf 7, EBX */
  const uint32_t avx512 = 1u << 16 /* F */ | 1u << 17 /* DQ */ | 1u << 30 /* BW */ | 1u << 31 /* VL */;
  const uint32_t avx512_vnni = 1u << 11;                                                /* leaf 7, ECX */
  const uint32_t amx = 1u << 22 /* BF16 */ | 1u << 24 /* TILE */ | 1u << 25 /* INT8 */; /* leaf 7, EDX */
  const uint32_t avx_vnni = 1u << 4, avx512_bf16 = 1u << 5;                             /* leaf 7, sub-leaf 1, EAX */
  const uint64_t ymm_saved = 0x06;                                                      /* XMM, YMM */
  const uint64_t zmm_saved = 0xe0;      /* mask registers, upper halves of ZMM0-15, ZMM16-31 */
  const uint64_t tiles_saved = 0x60000; /* configuration, data */
  uint32_t eax, ebx, ecx, edx, found = BIT(SCALAR);
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & (fma | osxsave | avx)) != (fma | osxsave | avx))
    return found;
  const uint64_t saved = saved_registers();
  if ((saved & ymm_saved) != ymm_saved || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
    return found;
  if (ebx & avx2)
    found |= BIT(AVX2);
  if ((ebx & avx512) == avx512 && (saved & zmm_saved) == zmm_saved)
    found |= BIT(AVX512);
  if (ecx & avx512_vnni)
    found |= BIT(AVX512_VNNI);
  if ((edx & amx) == amx && (saved & tiles_saved) == tiles_saved && may_use_tiles())
    found |= BIT(AMX);
  if (eax >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) {
    if (eax & avx_vnni)
      found |= BIT(AVX_VNNI);
    if (eax & avx512_bf16)
      found |= BIT(AVX512_BF16);
  }
  return found;
}
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

/* Bits: Linux, arch/arm64/include/uapi/asm/hwcap.h. Every 64-bit ARM has NEON. */
static uint32_t detect(void) {
  const unsigned long dotprod = 1ul << 20 /* AT_HWCAP */, bf16 = 1ul << 14 /* AT_HWCAP2 */;
  return BIT(SCALAR) | BIT(NEON) | (getauxval(AT_HWCAP) & dotprod ? BIT(NEON_DOTPROD) : 0) |
         (getauxval(AT_HWCAP2) & bf16 ? BIT(NEON_BF16) : 0);
}
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>

static int has(const char *feature) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(feature, &value, &size, NULL, 0) == 0 && value;
}

static uint32_t detect(void) {
  return BIT(SCALAR) | BIT(NEON) | (has("hw.optional.arm.FEAT_DotProd") ? BIT(NEON_DOTPROD) : 0) |
         (has("hw.optional.arm.FEAT_BF16") ? BIT(NEON_BF16) : 0);
}
#else
static uint32_t detect(void) { return BIT(SCALAR); }
#endif

/* ---- the tiers ---- */

static const struct tier {
  const char *name;
  const struct kioku_kernels *kernels; /* NULL where they are not built */
  int32_t implied;
} tiers[] = {
#define TIER(id, symbol, where, base)                                                                                  \
  [KIOKU_ISA_##id] = {.name = #symbol, .implied = KIOKU_ISA_##base, where(.kernels = &kioku_kernels_##symbol)},
    KIOKU_TIERS(TIER)
#undef TIER
};
enum { TIERS = sizeof tiers / sizeof *tiers };

const char *kioku_isa_name(int32_t isa) { return isa >= 0 && isa < TIERS ? tiers[isa].name : NULL; }

const struct kioku_kernels *kioku_kernels_of(int32_t isa) {
  return isa >= 0 && isa < TIERS ? tiers[isa].kernels : NULL;
}

/* A bit for each usable tier. */
static uint32_t usable(void) {
  static atomic_uint known;
  uint32_t found = atomic_load_explicit(&known, memory_order_relaxed);
  if (found == 0) { /* threads that come here together find the same */
    found = detect();
    for (int32_t isa = 0; isa < TIERS; isa++) /* an implied tier comes before */
      if (!tiers[isa].kernels || !(found >> tiers[isa].implied & 1))
        found &= ~(1u << isa);
    atomic_store_explicit(&known, found, memory_order_relaxed);
  }
  return found;
}

int32_t kioku_isa_usable(int32_t isa) { return isa >= 0 && isa < TIERS && usable() >> isa & 1; }

int32_t kioku_isa_detected(void) {
  int32_t isa = TIERS - 1;
  while (!kioku_isa_usable(isa))
    isa--;
  return isa;
}

/* The usable tier that KIOKU_ISA names, or the detected one. */
static int32_t choose(void) {
  const char *wanted = getenv("KIOKU_ISA");
  for (int32_t isa = 0; wanted && isa < TIERS; isa++)
    if (kioku_isa_usable(isa) && strcmp(wanted, tiers[isa].name) == 0)
      return isa;
  return kioku_isa_detected();
}

int32_t kioku_isa_active(void) {
  static atomic_int known = -1;
  int isa = atomic_load_explicit(&known, memory_order_relaxed);
  if (isa < 0) { /* the first of several threads decides: the environment may have changed between them */
    const int chosen = choose();
    isa = atomic_compare_exchange_strong(&known, &isa, chosen) ? chosen : isa;
  }
  return isa;
}

const struct kioku_kernels *kioku_kernels_active(void) { return tiers[kioku_isa_active()].kernels; }
