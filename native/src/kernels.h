/* Internal: one table of kernels per instruction set, and the choice between them. */
#ifndef KIOKU_KERNELS_H
#define KIOKU_KERNELS_H

#include "kioku.h"
#include "team.h"

#if defined(__x86_64__) || defined(_M_X64)
#define KIOKU_X86_64 1
#else
#define KIOKU_X86_64 0
#endif

/* The functions of kioku.h that exist once per tier; same arguments, same promises. */
struct kioku_kernels {
  void (*sigmoid)(int64_t n, const float *x, float *y);
  void (*tanh)(int64_t n, const float *x, float *y);
  void (*exp)(int64_t n, const float *x, float *y);
  void (*log)(int64_t n, const float *x, float *y);
  void (*moments)(const kioku_moments *m, const kioku_operand *slots, int64_t rows);
  void (*program)(const kioku_instruction *instructions, int64_t count, const kioku_operand *operands, int64_t rows,
                  int64_t columns);
  void (*fused_plan)(kioku_fused *layer);
  void (*fused_pack)(const kioku_fused *layer, const float *input, const float *recurrent, const float *vectors,
                     const float *projection, float *packed);
  /* One chunk, from step `first` on; each member of a team calls it. x and y are those of step 0. */
  void (*fused)(const kioku_fused *layer, const kioku_run *run, int64_t first, const float *x, float *y,
                const struct member *me);
};

extern const struct kioku_kernels kioku_kernels_scalar;
#if KIOKU_X86_64
extern const struct kioku_kernels kioku_kernels_avx2;
extern const struct kioku_kernels kioku_kernels_avx512;
extern const struct kioku_kernels kioku_kernels_avx512_vnni;
extern const struct kioku_kernels kioku_kernels_avx512_bf16;
extern const struct kioku_kernels kioku_kernels_amx;
#endif

/* The kernels of one tier, whether or not this machine can run them; NULL where they are not built. */
const struct kioku_kernels *kioku_kernels_of(int32_t isa);

/* The kernels of the active tier. */
const struct kioku_kernels *kioku_kernels_active(void);

#endif
