/* Which instructions the CPU has and the operating system saves, and which of them are used. */
#define _GNU_SOURCE /* syscall */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#if KIOKU_X86_64
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
static int32_t detect(void) {
  const uint32_t fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28; /* leaf 1, ECX */
  const uint32_t avx2 = 1u << 5;                                     /* leaf 7, EBX */
  const uint32_t avx512 = 1u << 16 /* F */ | 1u << 17 /* DQ */ | 1u << 30 /* BW */ | 1u << 31 /* VL */;
  const uint32_t vnni = 1u << 11;                                                       /* leaf 7, ECX */
  const uint32_t bf16 = 1u << 5;                                                        /* leaf 7, sub-leaf 1, EAX */
  const uint64_t ymm_saved = 0x06;                                                      /* XMM, YMM */
  const uint32_t amx = 1u << 22 /* BF16 */ | 1u << 24 /* TILE */ | 1u << 25 /* INT8 */; /* leaf 7, EDX */
  const uint64_t tiles_saved = 0x60000;                                                 /* configuration, data */
  const uint64_t zmm_saved = 0xe0 | ymm_saved; /* mask registers, upper halves of ZMM0-15, ZMM16-31 */
  uint32_t eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & (fma | osxsave | avx)) != (fma | osxsave | avx))
    return KIOKU_ISA_SCALAR;
  const uint64_t saved = saved_registers();
  if ((saved & ymm_saved) != ymm_saved || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) || !(ebx & avx2))
    return KIOKU_ISA_SCALAR;
  if ((ebx & avx512) != avx512 || (saved & zmm_saved) != zmm_saved)
    return KIOKU_ISA_AVX2;
  if (!(ecx & vnni))
    return KIOKU_ISA_AVX512;
  const int has_amx = (edx & amx) == amx && (saved & tiles_saved) == tiles_saved;
  if (!__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) || !(eax & bf16))
    return KIOKU_ISA_AVX512_VNNI;
  return has_amx && may_use_tiles() ? KIOKU_ISA_AMX : KIOKU_ISA_AVX512_BF16;
}
#else
static int32_t detect(void) { return KIOKU_ISA_SCALAR; }
#endif

static const char *const names[] = {"scalar", "avx2", "avx512", "avx512_vnni", "avx512_bf16", "amx"};

const char *kioku_isa_name(int32_t isa) { return isa >= KIOKU_ISA_SCALAR && isa <= KIOKU_ISA_AMX ? names[isa] : NULL; }

/* The detected tier, or the lower one that KIOKU_ISA names. */
static int32_t choose(int32_t detected) {
  const char *wanted = getenv("KIOKU_ISA");
  for (int32_t isa = KIOKU_ISA_SCALAR; wanted && isa < detected; isa++)
    if (strcmp(wanted, names[isa]) == 0)
      return isa;
  return detected;
}

int32_t kioku_isa_detected(void) {
  static atomic_int known = -1;
  int isa = atomic_load_explicit(&known, memory_order_relaxed);
  if (isa < 0) { /* threads that come here together find the same */
    isa = detect();
    atomic_store_explicit(&known, isa, memory_order_relaxed);
  }
  return isa;
}

int32_t kioku_isa_active(void) {
  static atomic_int known = -1;
  int isa = atomic_load_explicit(&known, memory_order_relaxed);
  if (isa < 0) { /* the first of several threads decides: the environment may have changed between them */
    const int chosen = choose(kioku_isa_detected());
    isa = atomic_compare_exchange_strong(&known, &isa, chosen) ? chosen : isa;
  }
  return isa;
}

const struct kioku_kernels *kioku_kernels_of(int32_t isa) {
  switch (isa) {
  case KIOKU_ISA_SCALAR:
    return &kioku_kernels_scalar;
#if KIOKU_X86_64
  case KIOKU_ISA_AVX2:
    return &kioku_kernels_avx2;
  case KIOKU_ISA_AVX512:
    return &kioku_kernels_avx512;
  case KIOKU_ISA_AVX512_VNNI:
    return &kioku_kernels_avx512_vnni;
  case KIOKU_ISA_AVX512_BF16:
    return &kioku_kernels_avx512_bf16;
  case KIOKU_ISA_AMX:
    return &kioku_kernels_amx;
#endif
  default:
    return NULL;
  }
}

const struct kioku_kernels *kioku_kernels_active(void) { return kioku_kernels_of(kioku_isa_active()); }
