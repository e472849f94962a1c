/* libkioku's fused kernels, called as Kioku calls them. */
#include <stdlib.h>
#include <string.h>

#include "kioku.h"
#include "native_bench.h"

struct own {
  kioku_fused fused;
  kioku_run call;
};

static void run(struct contestant *c) {
  struct own *own = c->own;
  if (c->layer->s.T > 1)
    memset(own->call.state, 0, (size_t)(c->layer->s.N * own->call.state_row) * sizeof(float));
  kioku_fused_f32(&own->fused, &own->call, c->layer->x, 0, c->y, 0);
}

static void settle(struct contestant *c) { (void)c; }

static void close_kioku(struct contestant *c) {
  struct own *own = c->own;
  free((void *)own->fused.packed), free(own->call.state), free(own->call.gates), free(own->call.scratch);
  free(own->call.arguments), free(c->y), free(own);
}

static float *floats(int64_t count) { return zeros((size_t)count * sizeof(float)); }

void kioku_open(struct contestant *c, const struct layer *l, enum precision p) {
  const struct shape *s = &l->s;
  const int cell = strcmp(s->cell, "LSTM") == 0  ? KIOKU_FUSED_LSTM
                   : strcmp(s->cell, "GRU") == 0 ? KIOKU_FUSED_GRU
                   : strcmp(s->cell, "RNN") == 0 ? KIOKU_FUSED_RNN_TANH
                                                 : KIOKU_FUSED_GRU_RESET_BEFORE;
  const int64_t precisions[PRECISIONS] = {KIOKU_F32, KIOKU_BF16, KIOKU_INT8};
  struct own *own = zeros(sizeof *own);
  kioku_fused *fused = &own->fused;
  *fused = (kioku_fused){.cell = cell, .precision = precisions[p], .input = s->I, .hidden = s->H};
  kioku_fused_plan_f32(fused);
  float *packed = floats(fused->packed_size);
  kioku_fused_pack_f32(fused, l->w, l->u, l->b, NULL, packed);
  fused->packed = packed;
  /* As many steps ahead as fit in the second-level cache, but of 64 rows at least. */
  const int64_t fitting = (1 << 16) / (s->N * fused->gates_width), least = (63 + s->N) / s->N;
  const int64_t ahead = fitting > least ? fitting : least, chunk = ahead < s->T ? ahead : s->T;
  own->call = (kioku_run){.steps = s->T,
                          .batch = s->N,
                          .x_step = s->N * s->I,
                          .x_row = s->I,
                          .y_step = s->N * s->H,
                          .y_row = s->H,
                          .state_row = 2 * s->H,
                          .state = floats(s->N * 2 * s->H),
                          .gates = floats(chunk * s->N * fused->gates_width),
                          .chunk_steps = chunk,
                          .scratch = floats(s->N * fused->scratch_width),
                          .arguments = floats((chunk + 1) * s->N * fused->argument_width),
                          .threads = 1};
  *c = (struct contestant){run, settle, close_kioku, l, floats(s->T * s->N * s->H), own};
}
