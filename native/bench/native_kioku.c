/* libkioku's layers, called as Kioku calls them. */
#include <stdlib.h>
#include <string.h>

#include "kioku.h"
#include "native_bench.h"

enum { X, HIDDEN, OUTPUT, RESET, GATE_0, GATE_1, GATE_2, GATE_3, STATE, SLOTS };
#define R(k) (-(k))

static const kioku_instruction lstm[] = {{KIOKU_OP_LSTM, OUTPUT, GATE_0, 0, 0, 0, 0}};
/* Planes r z n d, then h, behind each other: kioku_op. */
static const kioku_instruction gru[] = {{KIOKU_OP_GRU, OUTPUT, GATE_0, 0, 0, 0, 0}};
static const kioku_instruction rnn[] = {{KIOKU_OP_TANH, R(1), GATE_0, 0, 0, 0, 0},
                                        {KIOKU_OP_STORE, OUTPUT, R(1), 0, 0, 0, 0}};
/* r h, which the weights of n multiply; then h' = n + z (h - n). */
static const kioku_instruction reset[] = {{KIOKU_OP_SIGMOID, R(1), GATE_0, 0, 0, 0, 0},
                                          {KIOKU_OP_LOAD, R(2), HIDDEN, 0, 0, 0, 0},
                                          {KIOKU_OP_MUL, R(1), R(1), R(2), 0, 0, 0},
                                          {KIOKU_OP_STORE, RESET, R(1), 0, 0, 0, 0}};
static const kioku_instruction update[] = {
    {KIOKU_OP_SIGMOID, R(1), GATE_1, 0, 0, 0, 0},    {KIOKU_OP_TANH, R(2), GATE_2, 0, 0, 0, 0},
    {KIOKU_OP_LOAD, R(3), HIDDEN, 0, 0, 0, 0},       {KIOKU_OP_SUB, R(3), R(3), R(2), 0, 0, 0},
    {KIOKU_OP_MULADD, R(2), R(1), R(3), R(2), 0, 0}, {KIOKU_OP_STORE, OUTPUT, R(2), 0, 0, 0, 0}};
#define COUNT(program) (int64_t)(sizeof program / sizeof *program)

struct own {
  kioku_slot slots[SLOTS];
  kioku_product of_x, of_h[2];
  kioku_fill fill;
  kioku_group groups[2];
  kioku_stage stages[2];
  kioku_layer layer;
  kioku_run call;
  float *packed[8];
  int packed_count;
};

static void run(struct contestant *c) {
  struct own *own = c->own;
  if (c->layer->s.T > 1)
    memset(own->call.state, 0, (size_t)(c->layer->s.N * own->call.state_row) * sizeof(float));
  kioku_layer_f32(&own->layer, &own->call, c->layer->x, 0, c->y, 0);
}

static void settle(struct contestant *c) { (void)c; }

static void close_kioku(struct contestant *c) {
  struct own *own = c->own;
  for (int k = 0; k < own->packed_count; k++)
    free(own->packed[k]);
  free(own->call.state), free(own->call.work), free(c->y), free(own);
}

static float *floats(int64_t count) { return zeros((size_t)count * sizeof(float)); }

static float *pack(struct own *own, int64_t precision, const float *plain, int64_t gates, int64_t units,
                   int64_t columns) {
  float *packed = floats(kioku_packed_size(precision, gates, units, columns));
  kioku_pack_f32(precision, plain, gates, units, columns, packed);
  return own->packed[own->packed_count++] = packed;
}

static kioku_product product(struct own *own, int64_t precision, const float *plain, int64_t gates, int64_t units,
                             int64_t columns, int64_t argument, int64_t offset) {
  return (kioku_product){.packed = pack(own, precision, plain, gates, units, columns),
                         .gates = gates,
                         .units = units,
                         .columns = columns,
                         .argument = argument,
                         .gates_offset = offset,
                         .period = 1};
}

static kioku_group group(int64_t units, const kioku_product *p, const kioku_instruction *program, int64_t count) {
  return (kioku_group){units, p, 1, program, count, 1};
}

/* The three gates of a GRU with the last in front: then those of h are side by side as those of x are. */
static float *last_first(struct own *own, const float *plain, int64_t size) {
  float *turned = own->packed[own->packed_count++] = floats(3 * size);
  memcpy(turned, plain + 2 * size, (size_t)size * sizeof(float));
  memcpy(turned + size, plain, (size_t)(2 * size) * sizeof(float));
  return turned;
}

void kioku_open(struct contestant *c, const struct layer *l, enum precision p) {
  const struct shape *s = &l->s;
  const int64_t I = s->I, H = s->H, blocks = (H + kioku_width() - 1) / kioku_width();
  const int64_t precisions[PRECISIONS] = {KIOKU_F32, KIOKU_BF16, KIOKU_INT8}, precision = precisions[p];
  const int is_lstm = strcmp(s->cell, "LSTM") == 0, is_gru = strcmp(s->cell, "GRU") == 0;
  const int is_rnn = strcmp(s->cell, "RNN") == 0, gates = is_lstm ? 4 : is_rnn ? 1 : 3;
  struct own *own = zeros(sizeof *own);
  own->slots[X] = (kioku_slot){KIOKU_SPACE_INPUT, 0};
  own->slots[HIDDEN] = (kioku_slot){KIOKU_SPACE_HIDDEN, 0};
  own->slots[OUTPUT] = (kioku_slot){KIOKU_SPACE_OUTPUT, 0};
  own->slots[RESET] = (kioku_slot){KIOKU_SPACE_SCRATCH, 0};
  own->slots[STATE] = is_lstm ? (kioku_slot){KIOKU_SPACE_STATE, H} : own->slots[HIDDEN];
  /* Planes in memory: of a GRU n r z d. */
  for (int64_t k = 0; k < 4; k++)
    own->slots[GATE_0 + k] = (kioku_slot){KIOKU_SPACE_GATES, (is_gru && k < 3 ? (k + 1) % 3 : k) * blocks};
  const float *w = is_gru ? last_first(own, l->w, H * I) : l->w, *b = is_gru ? last_first(own, l->b, H) : l->b;
  own->of_x = product(own, precision, w, gates, H, I, X, 0);
  own->of_x.bias = pack(own, KIOKU_F32, b, gates, H, 1);
  kioku_layer *layer = &own->layer;
  *layer = (kioku_layer){.precision = precision,
                         .output = H,
                         .in_output = 1,
                         .clock = -1,
                         .cycle = 1,
                         .slots = own->slots,
                         .slot_count = SLOTS,
                         .gate_blocks = (is_gru ? 4 : gates) * blocks,
                         .input_products = &own->of_x,
                         .input_product_count = 1,
                         .fills = &own->fill,
                         .stages = own->stages,
                         .stage_count = 1};
  if (is_lstm || is_rnn) {
    own->of_h[0] = product(own, precision, l->u, gates, H, H, HIDDEN, 0);
    own->groups[0] = is_lstm ? group(H, own->of_h, lstm, COUNT(lstm)) : group(H, own->of_h, rnn, COUNT(rnn));
  } else if (is_gru) {
    own->of_h[0] = product(own, precision, l->u, 3, H, H, HIDDEN, blocks);
    own->groups[0] = group(H, own->of_h, gru, COUNT(gru));
    own->fill = (kioku_fill){3 * blocks, H, pack(own, KIOKU_F32, l->b + 3 * H, 1, H, 1)};
    layer->fill_count = 1;
  } else {
    own->of_h[0] = product(own, precision, l->u, 2, H, H, HIDDEN, 0);
    own->of_h[1] = product(own, precision, l->u + 2 * H * H, 1, H, H, RESET, 2 * blocks);
    own->groups[0] = group(H, &own->of_h[0], reset, COUNT(reset));
    own->groups[1] = group(H, &own->of_h[1], update, COUNT(update));
    own->stages[1] = (kioku_stage){&own->groups[1], 1, NULL, 0};
    layer->stage_count = 2;
    layer->scratch_width = H;
  }
  own->stages[0] = (kioku_stage){&own->groups[0], 1, NULL, 0};
  kioku_layer_plan(layer);
  /* As many steps ahead as fit in the second-level cache, but of 64 rows at least. */
  const int64_t fitting = (1 << 16) / (s->N * layer->gate_blocks * kioku_width()), least = (63 + s->N) / s->N;
  const int64_t ahead = fitting > least ? fitting : least, chunk = ahead < s->T ? ahead : s->T;
  own->call = (kioku_run){.steps = s->T,
                          .batch = s->N,
                          .x_step = s->N * I,
                          .x_row = I,
                          .y_step = s->N * H,
                          .y_row = H,
                          .state_row = 2 * H,
                          .state = floats(s->N * 2 * H),
                          .chunk_steps = chunk,
                          .threads = 1,
                          .work = zeros((size_t)kioku_layer_work(layer, s->N, chunk, 1))};
  *c = (struct contestant){run, settle, close_kioku, l, floats(s->T * s->N * H), own};
}
