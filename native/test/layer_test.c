/* kioku_layer_f32: an LSTM as a formula and as a program, at every usable tier, against naive loops in double; with
 * rows that end early, skip steps, run backwards and lie anywhere, on several threads, every buffer guarded. */
#include "check.h"
#include "kernels.h"

enum { MAX_I = 40, MAX_H = 70, MAX_N = 9, MAX_T = 7, MAX_THREADS = 3, GATES = 4 };

static float w[GATES * MAX_H * MAX_I], u[GATES * MAX_H * MAX_H], bias[GATES * MAX_H];
static struct guarded memory_x, memory_y, memory_state, memory_work, memory_packed[3];
static kioku_team *team;

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* One step of one row: h and c in place. */
static void reference_step(int64_t I, int64_t H, const float *x, double *h, double *c) {
  double gate[GATES * MAX_H];
  for (int64_t j = 0; j < GATES * H; j++) {
    gate[j] = bias[j];
    for (int64_t k = 0; k < I; k++)
      gate[j] += (double)w[j * I + k] * x[k];
    for (int64_t k = 0; k < H; k++)
      gate[j] += (double)u[j * H + k] * h[k];
  }
  for (int64_t j = 0; j < H; j++) {
    c[j] = sigmoid(gate[H + j]) * c[j] + sigmoid(gate[j]) * tanh(gate[2 * H + j]);
    h[j] = sigmoid(gate[3 * H + j]) * tanh(c[j]);
  }
}

enum { X, HIDDEN, OUTPUT, GATE_I, GATE_F, GATE_G, GATE_O, C, SLOTS };
#define R(k) (-(k))
static const kioku_instruction formula[] = {{KIOKU_OP_LSTM, OUTPUT, GATE_I, 0, 0, 0, 0}};
static const kioku_instruction program[] = {
    {KIOKU_OP_SIGMOID, R(1), GATE_I, 0, 0, 0, 0},
    {KIOKU_OP_SIGMOID, R(2), GATE_F, 0, 0, 0, 0},
    {KIOKU_OP_TANH, R(3), GATE_G, 0, 0, 0, 0},
    {KIOKU_OP_SIGMOID, R(4), GATE_O, 0, 0, 0, 0},
    {KIOKU_OP_LOAD, R(5), C, 0, 0, 0, 0},
    {KIOKU_OP_MUL, R(1), R(1), R(3), 0, 0, 0},
    {KIOKU_OP_MULADD, R(1), R(2), R(5), R(1), 0, 0},
    {KIOKU_OP_STORE, C, R(1), 0, 0, 0, 0},
    {KIOKU_OP_TANH, R(1), R(1), 0, 0, 0, 0},
    {KIOKU_OP_MUL, R(1), R(4), R(1), 0, 0, 0},
    {KIOKU_OP_STORE, OUTPUT, R(1), 0, 0, 0, 0},
};

struct shape {
  int64_t I, H, N, T, chunk;
  int threads, backwards, ends, gaps, pointers, at_end, is_program;
};

struct call {
  const struct kioku_kernels *kernels;
  const kioku_layer *layer;
  const kioku_run *run;
  const float *x;
  float *y;
};
static void share(const void *argument, const struct member *me) {
  const struct call *call = argument;
  for (int64_t first = 0; first < call->run->steps; first += call->run->chunk_steps)
    call->kernels->layer(call->layer, call->run, first, call->x, call->y, me);
}

static float *packed(const struct kioku_kernels *kernels, int which, const float *plain, int64_t units, int64_t columns,
                     int at_end) {
  float *to = guarded_take(memory_packed[which], kernels->packed_size(KIOKU_F32, GATES, units, columns), at_end);
  kernels->pack(KIOKU_F32, plain, GATES, units, columns, to);
  return to;
}

static void test_layer(int tier, struct shape s) {
  const struct kioku_kernels *kernels = kioku_kernels_of(tier);
  const int64_t I = s.I, H = s.H, N = s.N, T = s.T, blocks = (H + kernels->width - 1) / kernels->width;
  kioku_slot slots[SLOTS] = {[X] = {KIOKU_SPACE_INPUT, 0},
                             [HIDDEN] = {KIOKU_SPACE_HIDDEN, 0},
                             [OUTPUT] = {KIOKU_SPACE_OUTPUT, 0},
                             [C] = {KIOKU_SPACE_STATE, H}};
  for (int64_t k = 0; k < GATES; k++)
    slots[GATE_I + k] = (kioku_slot){KIOKU_SPACE_GATES, k * blocks};
  const kioku_product of_x = {.packed = packed(kernels, 0, w, H, I, s.at_end),
                              .gates = GATES,
                              .units = H,
                              .columns = I,
                              .argument = X,
                              .bias = packed(kernels, 1, bias, H, 1, s.at_end),
                              .period = 1};
  const kioku_product of_h = {.packed = packed(kernels, 2, u, H, H, s.at_end),
                              .gates = GATES,
                              .units = H,
                              .columns = H,
                              .argument = HIDDEN,
                              .period = 1};
  const kioku_group group = {.units = H,
                             .products = &of_h,
                             .product_count = 1,
                             .instructions = s.is_program ? program : formula,
                             .instruction_count = s.is_program ? sizeof program / sizeof *program : 1,
                             .period = 1};
  const kioku_stage stage = {.groups = &group, .group_count = 1};
  kioku_layer layer = {.output = H,
                       .in_output = 1,
                       .clock = -1,
                       .cycle = 1,
                       .slots = slots,
                       .slot_count = SLOTS,
                       .gate_blocks = GATES * blocks,
                       .input_products = &of_x,
                       .input_product_count = 1,
                       .stages = &stage,
                       .stage_count = 1};
  kernels->layer_plan(&layer);
  float *x = guarded_take(memory_x, T * N * I, s.at_end), *y = guarded_take(memory_y, T * N * H, s.at_end);
  float *state = guarded_take(memory_state, N * 2 * H, s.at_end), *rows[3 * MAX_N];
  int32_t lengths[MAX_N];
  uint8_t mask[MAX_T * MAX_N];
  for (int64_t n = 0; n < N; n++) {
    lengths[n] = s.ends ? (int32_t)random_below(T + 1) : (int32_t)T;
    rows[3 * n] = x + n * I, rows[3 * n + 1] = y + n * H, rows[3 * n + 2] = state + n * 2 * H;
  }
  for (int64_t k = 0; k < T * N; k++)
    mask[k] = !s.gaps || random_below(3) > 0;
  for (int64_t t = 0; t < T; t++) /* what is skipped may hold anything */
    for (int64_t n = 0; n < N; n++)
      for (int64_t k = 0; k < I; k++)
        x[(t * N + n) * I + k] = t < lengths[n] && mask[t * N + n] ? random_float(2) : NAN;
  static double h[MAX_N][MAX_H], c[MAX_N][MAX_H];
  static float first_state[MAX_N * 2 * MAX_H], alone[MAX_T * MAX_N * MAX_H], alone_state[MAX_N * 2 * MAX_H];
  for (int64_t n = 0; n < N; n++)
    for (int64_t j = 0; j < H; j++) {
      h[n][j] = first_state[n * 2 * H + j] = random_float(1);
      c[n][j] = first_state[n * 2 * H + H + j] = random_float(1);
    }
  const int64_t chunk = s.chunk < T ? s.chunk : T;
  const int64_t work = kernels->layer_work(&layer, N, chunk, s.threads);
  kioku_run run = {.steps = T,
                   .batch = N,
                   .x_step = N * I,
                   .x_row = I,
                   .y_step = N * H,
                   .y_row = H,
                   .state_row = 2 * H,
                   .state = state,
                   .rows = s.pointers ? rows : NULL,
                   .backwards = s.backwards,
                   .lengths = s.ends ? lengths : NULL,
                   .mask = s.gaps ? mask : NULL,
                   .mask_step = N,
                   .mask_row = 1,
                   .chunk_steps = chunk,
                   .threads = s.threads,
                   .team = team,
                   .work = guarded_take(memory_work, work / (int64_t)sizeof(float), s.at_end)};
  const struct call call = {kernels, &layer, &run, s.pointers ? NULL : x, s.pointers ? NULL : y};
  const size_t y_size = (size_t)(T * N * H) * sizeof(float), state_size = (size_t)(N * 2 * H) * sizeof(float);
  memcpy(state, first_state, state_size);
  team_share(NULL, 1, share, &call);
  memcpy(alone, y, y_size);
  memcpy(alone_state, state, state_size);
  memcpy(state, first_state, state_size);
  team_share(team, s.threads, share, &call);
  check(memcmp(alone, y, y_size) == 0 && memcmp(alone_state, state, state_size) == 0, "%s: other numbers on %d threads",
        kioku_isa_name(tier), s.threads);

  double worst = 0;
  for (int64_t n = 0; n < N; n++)
    for (int64_t step = 0; step < T; step++) {
      const int64_t length = s.backwards ? (s.ends ? lengths[n] : T) : T;
      const int64_t t = s.backwards && step < length ? length - 1 - step : step;
      const int runs = t < lengths[n] && mask[t * N + n];
      if (runs)
        reference_step(I, H, x + (t * N + n) * I, h[n], c[n]);
      for (int64_t j = 0; j < H; j++) {
        const double d = fabs((runs ? h[n][j] : 0) - (double)y[(t * N + n) * H + j]);
        worst = d > worst || isnan(d) ? (isnan(d) ? INFINITY : d) : worst;
      }
    }
  for (int64_t n = 0; n < N; n++)
    for (int64_t j = 0; j < H; j++) {
      worst = fmax(worst, fabs(h[n][j] - (double)state[n * 2 * H + j]));
      worst = fmax(worst, fabs(c[n][j] - (double)state[n * 2 * H + H + j]));
    }
  /* Sums of up to 111 products of size 1, and steps that carry the error of c on. */
  check(worst < 1e-5, "%s %s I=%d H=%d N=%d T=%d chunk=%d backwards %d ends %d gaps %d pointers %d: off by %g",
        kioku_isa_name(tier), s.is_program ? "program" : "formula", (int)I, (int)H, (int)N, (int)T, (int)chunk,
        s.backwards, s.ends, s.gaps, s.pointers, worst);
  check(guarded_damage(memory_y, y, 1, T * N * H, T * N * H) == 0, "%s: wrote beside y", kioku_isa_name(tier));
  check(guarded_damage(memory_state, state, 1, N * 2 * H, N * 2 * H) == 0, "%s: wrote beside the state",
        kioku_isa_name(tier));
  check(guarded_damage(memory_work, run.work, 1, work / (int64_t)sizeof(float), work / (int64_t)sizeof(float)) == 0,
        "%s: wrote beside the work memory", kioku_isa_name(tier));
}

int main(void) {
  for (size_t k = 0; k < sizeof w / sizeof *w; k++)
    w[k] = random_float(0.3f);
  for (size_t k = 0; k < sizeof u / sizeof *u; k++)
    u[k] = random_float(0.3f);
  for (size_t k = 0; k < sizeof bias / sizeof *bias; k++)
    bias[k] = random_float(1);
  memory_x = guarded_new(MAX_T * MAX_N * MAX_I);
  memory_y = guarded_new(MAX_T * MAX_N * MAX_H);
  memory_state = guarded_new(MAX_N * 2 * MAX_H);
  memory_work = guarded_new(1 << 16);
  for (int k = 0; k < 3; k++)
    memory_packed[k] = guarded_new(GATES * (MAX_H + 16) * (MAX_H + 8));
  team = kioku_team_new(MAX_THREADS);
  for (int tier = 0; kioku_isa_name(tier); tier++)
    for (int trial = 0; kioku_isa_usable(tier) && trial < 1000; trial++)
      test_layer(tier, (struct shape){.I = 1 + random_below(MAX_I),
                                      .H = 1 + random_below(MAX_H),
                                      .N = 1 + random_below(MAX_N),
                                      .T = 1 + random_below(MAX_T),
                                      .chunk = 1 + random_below(MAX_T),
                                      .threads = 1 + (int)random_below(MAX_THREADS),
                                      .backwards = (int)random_below(2),
                                      .ends = (int)random_below(2),
                                      .gaps = (int)random_below(2),
                                      .pointers = (int)random_below(2),
                                      .at_end = (int)random_below(2),
                                      .is_program = (int)random_below(2)});
  kioku_team_free(team);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
