/* Internal: one table of kernels per instruction set, and the choice between them. */
#ifndef KIOKU_KERNELS_H
#define KIOKU_KERNELS_H

#include "kioku.h"
#include "team.h"
#include "tiers.h"

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
  int32_t byte_weights_most; /* of INT8, the largest weight of a row becomes this: 127, or 63 */
};

/* The kernels of one tier, whether or not this machine can run them; NULL where they are not built. */
const struct kioku_kernels *kioku_kernels_of(int32_t isa);

/* The kernels of the active tier. */
const struct kioku_kernels *kioku_kernels_active(void);

#endif
