/* A recurrent layer over time: OpenBLAS products into the gates, element-wise programs out of them. */
#include <cblas.h>
#include <stddef.h>
#include <string.h>

#include "blas.h"
#include "kernels.h"

/* Up to this many argument rows, one sgemv per row is faster than one sgemm, which first packs the weights. Measured
 * with OpenBLAS 0.3.31 on Zen 3, one thread, weights (4 H, H): sgemv / sgemm in us for 8 rows are 8 / 12 at H = 64, 152
 * / 188 at 256, 3470 / 3410 at 1024; for 12 rows 12 / 13, 228 / 209, 5280 / 3770. */
#define SGEMV_ROWS 8

/* y (rows, p->rows) += a (rows, p->columns) weights^T; rows of a and y lie a_row and y_row floats apart. */
static void multiply(const kioku_product *p, int64_t rows, const float *a, int64_t a_row, float *y, int64_t y_row) {
  const int m = (int)p->rows, k = (int)p->columns;
  if (m == 0 || k == 0)
    return;
  blas_begin();
  if (rows <= SGEMV_ROWS || a_row < k) /* sgemm refuses rows that overlap */
    for (int64_t row = 0; row < rows; row++)
      cblas_sgemv(CblasRowMajor, CblasNoTrans, m, k, 1.0f, p->weights, k, a + row * a_row, 1, 1.0f, y + row * y_row, 1);
  else
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, m, k, 1.0f, a, (int)a_row, p->weights, k, 1.0f, y,
                (int)y_row);
  blas_end();
}

/* One call: what kioku_layer_f32 was given, and the slots of the step that it is at. */
struct pass {
  const kioku_layer *layer;
  const kioku_run *run;
  const float *x;
  float *y;
  kioku_operand slots[KIOKU_SLOTS];
};

/* The gates of a chunk lie in the order of x in memory, so that the products of x need not know which way time runs:
 * step s of `steps` has its gates at this index. */
static int64_t gates_index(const kioku_run *run, int64_t s, int64_t steps) {
  return run->x_step < 0 ? steps - 1 - s : s;
}

/* Whether what has a period is computed at step t. */
static int is_awake(const kioku_run *run, int64_t period, int64_t t) { return (run->clock + t) % period == 0; }

/* gates += one input product, for the steps of a chunk at which it is computed. */
static void input_product(const struct pass *pass, const kioku_product *p, int64_t first, int64_t steps) {
  const kioku_run *run = pass->run;
  const int64_t n = run->batch, width = pass->layer->gates_width;
  /* Its steps in the chunk: low, low + period, ... */
  const int64_t asleep = (run->clock + first) % p->period, wakes = asleep == 0 ? 0 : p->period - asleep;
  const int64_t begins = p->delay - first; /* the first step whose delayed x is in the run */
  const int64_t low = wakes >= begins ? wakes : wakes + (begins - wakes + p->period - 1) / p->period * p->period;
  if (low >= steps)
    return;
  const int64_t count = (steps - 1 - low) / p->period + 1;
  /* x (count, N, columns) and gates (count, N, rows) in the order of memory. */
  const int backwards = run->x_step < 0;
  const int64_t lowest = backwards ? low + (count - 1) * p->period : low;
  const float *a = pass->x + (first + lowest - p->delay) * run->x_step + pass->layer->slots[p->argument].offset;
  float *gates = run->gates + gates_index(run, lowest, steps) * n * width + p->gates_offset;
  const int64_t a_step = (backwards ? -run->x_step : run->x_step) * p->period, gates_step = n * width * p->period;
  if (a_step == n * run->x_row && gates_step == n * width) /* steps and rows are one dimension */
    multiply(p, count * n, a, run->x_row, gates, width);
  else if (count >= n) /* few large products: over the steps of each row, */
    for (int64_t row = 0; row < n; row++)
      multiply(p, count, a + row * run->x_row, a_step, gates + row * width, gates_step);
  else /* or over the rows of each step */
    for (int64_t s = 0; s < count; s++)
      multiply(p, n, a + s * a_step, run->x_row, gates + s * gates_step, width);
}

/* gates (steps, N, gates_width) = gates_init + the products of x, for the steps from `first` on. */
static void input_products(const struct pass *pass, int64_t first, int64_t steps) {
  const kioku_layer *layer = pass->layer;
  const kioku_run *run = pass->run;
  for (int64_t row = 0; row < steps * run->batch; row++)
    memcpy(run->gates + row * layer->gates_width, layer->gates_init, (size_t)layer->gates_width * sizeof(float));
  for (int64_t k = 0; k < layer->input_product_count; k++)
    input_product(pass, &layer->input_products[k], first, steps);
}

/* Distance of two rows in each space, in floats. */
static int64_t row_stride(const struct pass *pass, int64_t space) {
  switch (space) {
  case KIOKU_SPACE_GATES:
    return pass->layer->gates_width;
  case KIOKU_SPACE_SCRATCH:
    return pass->layer->scratch_width;
  case KIOKU_SPACE_STATE:
    return pass->run->state_row;
  case KIOKU_SPACE_INPUT:
    return pass->run->x_row;
  case KIOKU_SPACE_OUTPUT:
    return pass->run->y_row;
  case KIOKU_SPACE_SIDE:
    return pass->run->side_row;
  case KIOKU_SPACE_ABOVE:
    return pass->run->above_row;
  case KIOKU_SPACE_TRACE:
    return pass->run->trace_row;
  default:
    return 0;
  }
}

/* A space that a run may lack begins nowhere. */
static float *at(const float *base, int64_t floats) { return base == NULL ? NULL : (float *)base + floats; }

/* Points the slots at step t, whose gates are `gates` (N, gates_width). */
static void resolve_slots(struct pass *pass, int64_t t, float *gates) {
  const kioku_layer *layer = pass->layer;
  const kioku_run *run = pass->run;
  /* A slot may be read only (parameters, x, side); kioku_operand has one pointer type for both. */
  float *const base[] = {
      [KIOKU_SPACE_PARAMETER] = (float *)layer->parameters,
      [KIOKU_SPACE_GATES] = gates,
      [KIOKU_SPACE_SCRATCH] = run->scratch,
      [KIOKU_SPACE_STATE] = run->state,
      [KIOKU_SPACE_INPUT] = (float *)pass->x + t * run->x_step,
      [KIOKU_SPACE_OUTPUT] = pass->y + t * run->y_step,
      [KIOKU_SPACE_SIDE] = at(run->side, t * run->side_step),
      [KIOKU_SPACE_ABOVE] = at(run->above, t * run->above_step),
      [KIOKU_SPACE_TRACE] = at(run->trace, t * run->trace_step),
  };
  for (int64_t k = 0; k < layer->slot_count; k++)
    pass->slots[k].data = base[layer->slots[k].space] + layer->slots[k].offset;
}

/* Time step t of N rows; the slots point at it, and its gates hold the products of x. */
static void step(const struct pass *pass, const struct kioku_kernels *kernels, int64_t t, float *gates) {
  const kioku_layer *layer = pass->layer;
  const kioku_run *run = pass->run;
  const int64_t n = run->batch;
  for (int64_t s = 0; s < layer->stage_count; s++) {
    const kioku_stage *stage = &layer->stages[s];
    for (int64_t k = 0; k < stage->product_count; k++) {
      const kioku_product *p = &stage->products[k];
      if (!is_awake(run, p->period, t) || (p->delay > 0 && t >= p->delay))
        continue;
      const kioku_operand a = pass->slots[p->argument];
      multiply(p, n, a.data, a.row_stride, gates + p->gates_offset, layer->gates_width);
    }
    for (int64_t k = 0; k < stage->moments_count; k++)
      kernels->moments(&stage->moments[k], pass->slots, n);
    for (int64_t k = 0; k < stage->program_count; k++) {
      const kioku_program *p = &stage->programs[k];
      if (is_awake(run, p->period, t))
        kernels->program(p->instructions, p->count, pass->slots, n, p->columns);
    }
  }
}

void kioku_layer_f32(const kioku_layer *layer, const kioku_run *run, const float *x, int64_t x_offset, float *y,
                     int64_t y_offset) {
  if (run->steps <= 0 || run->batch <= 0)
    return;
  const struct kioku_kernels *kernels = kioku_kernels_active();
  struct pass pass;
  pass.layer = layer;
  pass.run = run;
  pass.x = x + x_offset;
  pass.y = y + y_offset;
  for (int64_t k = 0; k < layer->slot_count; k++)
    pass.slots[k].row_stride = row_stride(&pass, layer->slots[k].space);

  for (int64_t first = 0; first < run->steps; first += run->chunk_steps) {
    const int64_t left = run->steps - first, steps = left < run->chunk_steps ? left : run->chunk_steps;
    input_products(&pass, first, steps);
    for (int64_t s = 0; s < steps; s++) {
      float *gates = run->gates + gates_index(run, s, steps) * run->batch * layer->gates_width;
      resolve_slots(&pass, first + s, gates);
      step(&pass, kernels, first + s, gates);
    }
  }
}
