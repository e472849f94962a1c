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
  void (*program)(const kioku_instruction *instructions, int64_t count, const kioku_operand *operands, int64_t rows,
                  int64_t columns);
  int64_t width; /* WIDTH */
  int64_t (*packed_size)(int64_t precision, int64_t gates, int64_t units, int64_t columns);
  void (*pack)(int64_t precision, const float *plain, int64_t gates, int64_t units, int64_t columns, float *packed);
  void (*unpack)(int64_t precision, const float *packed, int64_t gates, int64_t units, int64_t columns, float *plain);
  void (*layer_plan)(kioku_layer *layer);
  int64_t (*layer_work)(const kioku_layer *layer, int64_t batch, int64_t chunk_steps, int64_t threads);
  /* One chunk, from step `first` on; each member of a team calls it. x and y are those of time 0. */
  void (*layer)(const kioku_layer *layer, const kioku_run *run, int64_t first, const float *x, float *y,
                const struct member *me);
  int64_t (*convolution_work)(const kioku_convolution *convolution, const kioku_convolution_run *run);
  /* One thread's part; each member of a team calls it. */
  void (*convolution)(const kioku_convolution *convolution, const kioku_convolution_run *run, const struct member *me);
  void (*linear)(const kioku_linear *linear, const struct member *me);
  void (*quantize)(int64_t from, int64_t to, int64_t n, const void *x, int64_t step, const float *scale,
                   const void *zero, void *y);
  void (*dequantize)(int64_t from, int64_t n, const void *x, int64_t step, const float *scale, const void *zero,
                     float *y);
  void (*dynamic_quantize)(int64_t rows, int64_t columns, int64_t x_row, const float *x, uint8_t *y, float *scale,
                           uint8_t *zero);
  int64_t (*packed_int8_size)(int64_t outputs, int64_t inputs);
  void (*pack_int8)(int64_t is_signed, const uint8_t *codes, int64_t outputs, int64_t inputs, int64_t output_step,
                    int64_t input_step, float *packed);
  int64_t (*int8_linear_work)(int64_t inputs); /* of one thread */
  void (*int8_linear)(const kioku_int8_linear *linear, const struct member *me);
  int64_t (*packed_int8_rows_size)(int64_t rows, int64_t inputs);
  void (*pack_int8_rows)(int64_t is_signed, const uint8_t *codes, int64_t rows, int64_t inputs, float *packed);
  int64_t (*int8_convolution_work)(const kioku_convolution *convolution); /* of one thread */
  void (*int8_convolution)(const kioku_convolution *convolution, const kioku_convolution_run *run,
                           const kioku_int8_convolution *codes, const struct member *me);
  void (*softmax)(int64_t is_log, int64_t outer, int64_t count, int64_t inner, const float *x, float *y);
  int64_t (*elements)(const kioku_elements *elements);
  void (*reduce)(const kioku_reduction *reduction);
  void (*extreme)(const kioku_extreme *extreme);
  void (*top)(const kioku_top *top);
  void (*running_sum)(const kioku_running *running);
  void (*normalize)(const kioku_normalization *normalization, const struct member *me);
  void (*pool)(const kioku_pool *pool, const struct member *me);
  int32_t byte_weights_most; /* of INT8, the largest weight of a row becomes this: 127, or 63 */
};

static inline int64_t kioku_type_bytes(int64_t type) {
  static const int8_t bytes[] = {4, 8, 1, 1, 2, 2, 4, 4, 8, 8, 1};
  return bytes[type];
}

/* The kernels of one tier, whether or not this machine can run them; NULL where they are not built. */
const struct kioku_kernels *kioku_kernels_of(int32_t isa);

/* The kernels of the active tier. */
const struct kioku_kernels *kioku_kernels_active(void);

#endif
