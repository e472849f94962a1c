/* kioku_layer_f32 with an LSTM and two GRUs, built by hand, against naive loops in double; every buffer guarded. */
#include "check.h"
#include "kioku.h"

enum { MAX_I = 40, MAX_H = 96, MAX_N = 17, MAX_T = 9, MAX_GATES = 4 };

enum cell { LSTM, GRU_RESET_AFTER, GRU_RESET_BEFORE, CELLS };
static const char *const cell_names[] = {"LSTM", "GRU reset-after", "GRU reset-before"};

/* Weights of any of the cells: gate k in rows [k H, (k + 1) H). LSTM: i f g o. GRU: r z n. */
static float w[MAX_GATES * MAX_H * MAX_I]; /* (gates H, I) */
static float u[MAX_GATES * MAX_H * MAX_H]; /* (gates H, H) */
static float bias[MAX_GATES * MAX_H];      /* (gates H) */
static float hidden_bias[MAX_H];           /* (H): b_hn of the GRU with reset after */

/* ---- references ---- */

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* Row j of matrix (rows, n) times v. */
static double dot(const float *matrix, int64_t j, int64_t n, const double *v) {
  double sum = 0;
  for (int64_t k = 0; k < n; k++)
    sum += (double)matrix[j * n + k] * v[k];
  return sum;
}

/* One step of one row: state (h, and for the LSTM c behind it) in place. */
static void reference_step(enum cell cell, int64_t I, int64_t H, const double *x, double *h, double *c) {
  double gate[MAX_GATES * MAX_H], before[MAX_H], reset[MAX_H];
  const int64_t gates = cell == LSTM ? 4 : 3;
  memcpy(before, h, (size_t)H * sizeof *h);
  for (int64_t j = 0; j < gates * H; j++)
    gate[j] = dot(w, j, I, x) + bias[j] + (cell != LSTM && j >= 2 * H ? 0 : dot(u, j, H, before));
  for (int64_t j = 0; j < H; j++)
    reset[j] = cell == LSTM ? 0 : sigmoid(gate[j]) * before[j];
  for (int64_t j = 0; j < H; j++)
    if (cell == LSTM) {
      c[j] = sigmoid(gate[H + j]) * c[j] + sigmoid(gate[j]) * tanh(gate[2 * H + j]);
      h[j] = sigmoid(gate[3 * H + j]) * tanh(c[j]);
    } else {
      const double z = sigmoid(gate[H + j]);
      const double r_n = cell == GRU_RESET_AFTER
                             ? sigmoid(gate[j]) * (dot(u, 2 * H + j, H, before) + (double)hidden_bias[j])
                             : dot(u, 2 * H + j, H, reset);
      const double n = tanh(gate[2 * H + j] + r_n);
      h[j] = (1 - z) * n + z * before[j];
    }
}

/* ---- the same cells as layers ---- */

/* Registers 1, 2, ... are named R(1), R(2), ... */
#define R(k) (-(k))

/* Slots, the same for all cells. */
enum { X, H_STATE, C_STATE, Y, RESET, HIDDEN_BIAS, GATE_0, GATE_1, GATE_2, GATE_3, SLOTS };

static const kioku_instruction lstm[] = {
    {KIOKU_OP_SIGMOID, R(1), GATE_0, 0, 0, 0, 0},       /* i */
    {KIOKU_OP_SIGMOID, R(2), GATE_1, 0, 0, 0, 0},       /* f */
    {KIOKU_OP_TANH, R(3), GATE_2, 0, 0, 0, 0},          /* g */
    {KIOKU_OP_SIGMOID, R(4), GATE_3, 0, 0, 0, 0},       /* o */
    {KIOKU_OP_MUL, R(1), R(1), R(3), 0, 0, 0},          /* i g */
    {KIOKU_OP_MULADD, R(1), R(2), C_STATE, R(1), 0, 0}, /* c' = f c + i g */
    {KIOKU_OP_COPY, C_STATE, R(1), 0, 0, 0, 0},         {KIOKU_OP_TANH, R(1), R(1), 0, 0, 0, 0},
    {KIOKU_OP_MUL, R(1), R(4), R(1), 0, 0, 0}, /* h' = o tanh(c') */
    {KIOKU_OP_COPY, H_STATE, R(1), 0, 0, 0, 0},         {KIOKU_OP_COPY, Y, R(1), 0, 0, 0, 0},
};

/* Gates: 0 W_n x, 1 r, 2 z, 3 U_n h; n = tanh(W_n x + r (U_n h + b)). */
static const kioku_instruction gru_after[] = {
    {KIOKU_OP_SIGMOID, R(1), GATE_1, 0, 0, 0, 0},
    {KIOKU_OP_SIGMOID, R(2), GATE_2, 0, 0, 0, 0},
    {KIOKU_OP_ADD, R(3), GATE_3, HIDDEN_BIAS, 0, 0, 0},
    {KIOKU_OP_MULADD, R(3), R(1), R(3), GATE_0, 0, 0},
    {KIOKU_OP_TANH, R(3), R(3), 0, 0, 0, 0},
    {KIOKU_OP_SUB, R(4), H_STATE, R(3), 0, 0, 0},
    {KIOKU_OP_MULADD, R(3), R(2), R(4), R(3), 0, 0}, /* h' = n + z (h - n) */
    {KIOKU_OP_COPY, H_STATE, R(3), 0, 0, 0, 0},
    {KIOKU_OP_COPY, Y, R(3), 0, 0, 0, 0},
};

/* Gates: 0 r, 1 z, 2 n. First r h, which U_n is multiplied with; then the rest. */
static const kioku_instruction gru_before_1[] = {
    {KIOKU_OP_SIGMOID, R(1), GATE_0, 0, 0, 0, 0},
    {KIOKU_OP_MUL, RESET, R(1), H_STATE, 0, 0, 0},
};
static const kioku_instruction gru_before_2[] = {
    {KIOKU_OP_SIGMOID, R(2), GATE_1, 0, 0, 0, 0},
    {KIOKU_OP_TANH, R(3), GATE_2, 0, 0, 0, 0},
    {KIOKU_OP_AFFINE, R(4), R(2), 0, 0, -1, 1}, /* 1 - z */
    {KIOKU_OP_MUL, R(2), R(2), H_STATE, 0, 0, 0},
    {KIOKU_OP_MULADD, R(3), R(4), R(3), R(2), 0, 0}, /* h' = (1 - z) n + z h */
    {KIOKU_OP_COPY, H_STATE, R(3), 0, 0, 0, 0},
    {KIOKU_OP_COPY, Y, R(3), 0, 0, 0, 0},
};
#define COUNT(program) (int64_t)(sizeof program / sizeof *program)
#define PRODUCT(weights, rows, columns, argument, gates)                                                               \
  ((kioku_product){weights, rows, columns, argument, gates, .period = 1, .delay = 0})

struct shape {
  int64_t I, H, N, T, chunk;
  int batch_first, backward, wide; /* wide: rows of x, y and state are longer than their use */
  int at_end;                      /* where the guarded buffers lie */
};

static struct guarded memory_x, memory_y, memory_state, memory_gates, memory_scratch;

static void test_layer(enum cell cell, struct shape s) {
  const int64_t I = s.I, H = s.H, N = s.N, T = s.T;
  const int64_t gates = cell == GRU_RESET_BEFORE ? 3 : 4, gap = s.wide ? H + 3 : 0;

  kioku_slot slots[SLOTS] = {
      [X] = {KIOKU_SPACE_INPUT, 0},       [H_STATE] = {KIOKU_SPACE_STATE, 0},
      [C_STATE] = {KIOKU_SPACE_STATE, H}, [Y] = {KIOKU_SPACE_OUTPUT, s.wide ? 2 : 0},
      [RESET] = {KIOKU_SPACE_SCRATCH, 0}, [HIDDEN_BIAS] = {KIOKU_SPACE_PARAMETER, 0},
  };
  for (int64_t k = 0; k < 4; k++)
    slots[GATE_0 + k] = (kioku_slot){KIOKU_SPACE_GATES, k * H};

  /* Products of x; in the GRU with reset after, the gates are n r z n_h, so two products instead of three. */
  float init[MAX_GATES * MAX_H] = {0};
  memcpy(init, bias, sizeof init);
  kioku_product input[2] = {PRODUCT(w, gates * H, I, X, 0)};
  int64_t inputs = 1;
  kioku_product recurrent[1] = {PRODUCT(u, gates * H, H, H_STATE, 0)}, second[1];
  kioku_program programs[2];
  kioku_stage stages[2] = {{recurrent, 1, NULL, 0, programs, 1}, {second, 1, NULL, 0, programs + 1, 1}};
  int64_t stage_count = 1;
  if (cell == LSTM)
    programs[0] = (kioku_program){lstm, COUNT(lstm), H, 1};
  else if (cell == GRU_RESET_AFTER) {
    memcpy(init, bias + 2 * H, (size_t)H * sizeof(float));
    memcpy(init + H, bias, (size_t)(2 * H) * sizeof(float));
    memset(init + 3 * H, 0, (size_t)H * sizeof(float));
    input[0] = PRODUCT(w + 2 * H * I, H, I, X, 0);
    input[1] = PRODUCT(w, 2 * H, I, X, H);
    inputs = 2;
    recurrent[0] = PRODUCT(u, 3 * H, H, H_STATE, H);
    programs[0] = (kioku_program){gru_after, COUNT(gru_after), H, 1};
  } else {
    recurrent[0] = PRODUCT(u, 2 * H, H, H_STATE, 0);
    second[0] = PRODUCT(u + 2 * H * H, H, H, RESET, 2 * H);
    programs[0] = (kioku_program){gru_before_1, COUNT(gru_before_1), H, 1};
    programs[1] = (kioku_program){gru_before_2, COUNT(gru_before_2), H, 1};
    stage_count = 2;
  }
  const kioku_layer layer = {slots, SLOTS, hidden_bias, init, gates * H, H, input, inputs, stages, stage_count};

  /* Strides of x and y in the order of memory. */
  const int64_t x_width = I + gap, y_width = H + gap, state_width = 2 * H + gap;
  const int64_t x_row = s.batch_first ? T * x_width : x_width, x_step = s.batch_first ? x_width : N * x_width;
  const int64_t y_row = s.batch_first ? T * y_width : y_width, y_step = s.batch_first ? y_width : N * y_width;
  const int64_t last = s.backward ? T - 1 : 0, sign = s.backward ? -1 : 1;
  const int64_t chunk = s.chunk < T ? s.chunk : T;
  float *x = guarded_take(memory_x, (N * T - 1) * x_width + I, s.at_end);
  float *y = guarded_take(memory_y, (N * T - 1) * y_width + slots[Y].offset + H, s.at_end);
  float *state = guarded_take(memory_state, (N - 1) * state_width + 2 * H, s.at_end);
  const kioku_run run = {
      .steps = T,
      .batch = N,
      .x_step = sign * x_step,
      .x_row = x_row,
      .y_step = sign * y_step,
      .y_row = y_row,
      .state_row = state_width,
      .state = state,
      .gates = guarded_take(memory_gates, chunk * N * gates * H, s.at_end),
      .chunk_steps = s.chunk,
      .scratch = guarded_take(memory_scratch, N * H, s.at_end),
  };
  static double h[MAX_N][MAX_H], c[MAX_N][MAX_H];
  for (int64_t n = 0; n < N; n++) {
    for (int64_t t = 0; t < T; t++)
      for (int64_t k = 0; k < I; k++)
        x[t * x_step + n * x_row + k] = random_float(2);
    for (int64_t j = 0; j < H; j++) {
      h[n][j] = state[n * state_width + j] = random_float(1);
      c[n][j] = state[n * state_width + H + j] = random_float(1);
    }
  }

  kioku_layer_f32(&layer, &run, x, last * x_step, y, last * y_step);

  double worst = 0;
  for (int64_t t = 0; t < T; t++)
    for (int64_t n = 0; n < N; n++) {
      const int64_t at = s.backward ? T - 1 - t : t; /* in memory */
      double x_t[MAX_I];
      for (int64_t k = 0; k < I; k++)
        x_t[k] = x[at * x_step + n * x_row + k];
      reference_step(cell, I, H, x_t, h[n], c[n]);
      for (int64_t j = 0; j < H; j++) {
        const double d = fabs(h[n][j] - (double)y[at * y_step + n * y_row + slots[Y].offset + j]);
        worst = d <= worst ? worst : isnan(d) ? INFINITY : d;
      }
    }
  for (int64_t n = 0; n < N; n++)
    for (int64_t j = 0; j < H; j++) {
      const double dh = fabs(h[n][j] - (double)state[n * state_width + j]);
      const double dc = cell == LSTM ? fabs(c[n][j] - (double)state[n * state_width + H + j]) : 0;
      worst = dh <= worst ? worst : isnan(dh) ? INFINITY : dh;
      worst = dc <= worst ? worst : isnan(dc) ? INFINITY : dc;
    }
  /* Sums of up to 136 float products of size 1, and steps that carry the error on. */
  check(worst < 1e-5, "%s I=%d H=%d N=%d T=%d chunk=%d%s%s%s: off by %g", cell_names[cell], (int)I, (int)H, (int)N,
        (int)T, (int)s.chunk, s.batch_first ? " batch-first" : "", s.backward ? " backward" : "", s.wide ? " wide" : "",
        worst);
  check(guarded_damage(memory_x, x, N * T, I, x_width) == 0, "%s: wrote beside x", cell_names[cell]);
  check(guarded_damage(memory_y, y + slots[Y].offset, N * T, H, y_width) == 0, "%s: wrote beside y", cell_names[cell]);
  check(guarded_damage(memory_state, state, N, 2 * H, state_width) == 0, "%s: wrote beside the state",
        cell_names[cell]);
  check(guarded_damage(memory_gates, run.gates, 1, chunk * N * gates * H, chunk * N * gates * H) == 0,
        "%s: wrote beside the gates", cell_names[cell]);
  check(guarded_damage(memory_scratch, run.scratch, N, H, H) == 0, "%s: wrote beside the scratch", cell_names[cell]);
}

/* No steps, or no rows: not even a pointer is looked at. */
static void test_nothing(void) {
  const kioku_layer layer = {0};
  kioku_run run = {.steps = 0, .batch = 3, .chunk_steps = 1};
  kioku_layer_f32(&layer, &run, NULL, 0, NULL, 0);
  run.steps = 3;
  run.batch = 0;
  kioku_layer_f32(&layer, &run, NULL, 0, NULL, 0);
}

int main(void) {
  for (size_t k = 0; k < sizeof w / sizeof *w; k++)
    w[k] = random_float(0.3f);
  for (size_t k = 0; k < sizeof u / sizeof *u; k++)
    u[k] = random_float(0.3f);
  for (size_t k = 0; k < sizeof bias / sizeof *bias; k++)
    bias[k] = random_float(1);
  for (size_t k = 0; k < sizeof hidden_bias / sizeof *hidden_bias; k++)
    hidden_bias[k] = random_float(1);
  const int64_t rows = MAX_N * MAX_T, width = MAX_I + 2 * MAX_H + 8;
  memory_x = guarded_new(rows * width);
  memory_y = guarded_new(rows * width);
  memory_state = guarded_new(MAX_N * (3 * MAX_H + 8));
  memory_gates = guarded_new(rows * MAX_GATES * MAX_H);
  memory_scratch = guarded_new(MAX_N * MAX_H);

  static const struct { int64_t I, H; } sizes[] = {{1, 1}, {3, 5}, {16, 8}, {7, 33}, {40, 96}};
  static const int64_t batches[] = {1, 2, 3, 8, 17}, lengths[] = {1, 2, 9}, chunks[] = {1, 3, 100};
  test_nothing();
  for (enum cell cell = 0; cell < CELLS; cell++)
    for (size_t size = 0; size < 5; size++)
      for (size_t n = 0; n < 5; n++)
        for (size_t t = 0; t < 3; t++)
          for (size_t chunk = 0; chunk < 3; chunk++)
            for (int variant = 0; variant < 8; variant++)
              test_layer(cell, (struct shape){sizes[size].I, sizes[size].H, batches[n], lengths[t], chunks[chunk],
                                              variant & 1, variant >> 1 & 1, variant >> 2 & 1, (int)random_below(2)});
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
