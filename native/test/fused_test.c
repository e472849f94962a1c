/* The fused layers of every tier against naive loops in double; every buffer guarded. */
#include "check.h"
#include "kernels.h"

enum { MAX_THREADS = 3 };
enum { MAX_I = 130, MAX_H = 130, MAX_N = 18, MAX_T = 5, MAX_GATES = 4, MAX_VECTORS = 7 };

static const struct {
  const char *name;
  int gates, vectors, has_memory;
} cells[] = {{"LSTM", 4, 4, 1}, {"LSTM peephole", 4, 7, 1},    {"CIFG", 3, 3, 1},     {"CIFG peephole", 3, 5, 1},
             {"GRU", 3, 4, 0},  {"GRU reset-before", 3, 3, 0}, {"RNN tanh", 1, 1, 0}, {"RNN relu", 1, 1, 0}};
enum { CELLS = sizeof cells / sizeof *cells };

static float w[MAX_GATES * MAX_H * MAX_I]; /* (gates H, I) */
static float u[MAX_GATES * MAX_H * MAX_H]; /* (gates H, O) */
static float v[MAX_VECTORS * MAX_H];       /* (vectors, H) */
static float p[MAX_H * MAX_H];             /* (P, H) */

/* ---- reference ---- */

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* To 8 significant bits. */
static double to_bf16(double x) {
  int exponent;
  const double m = frexp(x, &exponent);
  return x == 0 || !isfinite(x) ? x : ldexp(nearbyint(ldexp(m, 8)), exponent - 8);
}

/* What stands for a row of n values in a product; 0 as scale: the row's own. Bytes are rounded in float, as everywhere,
 * so that a tie is the same one. limit: the largest becomes it. */
static void represent(int precision, const double *x, int64_t n, float scale, double *to, float limit) {
  float most = 0;
  int all_finite = 1;
  for (int64_t k = 0; k < n; k++) {
    most = fmaxf(most, fabsf((float)x[k]));
    all_finite &= isfinite(x[k]) != 0;
  }
  const float own = scale > 0 ? scale : most / limit, inverse = scale > 0 ? 1 / scale : most > 0 ? limit / most : 0;
  for (int64_t k = 0; k < n; k++) {
    const float y = (float)x[k] * inverse + 128.5f;
    const double byte = floor(fmin(255, fmax(1, (double)y))) - 128;
    to[k] = precision == KIOKU_F32    ? x[k]
            : precision == KIOKU_BF16 ? to_bf16(x[k])
                                      : byte * (all_finite ? (double)own : (double)NAN);
  }
}

static double represented_w[sizeof w / sizeof *w], represented_u[sizeof u / sizeof *u],
    represented_p[sizeof p / sizeof *p];

/* What stands for a matrix (rows, n). */
static void represent_rows(int precision, const float *matrix, int64_t rows, int64_t n, double *to, int32_t most) {
  for (int64_t k = 0; k < rows * n; k++)
    to[k] = matrix[k];
  for (int64_t j = 0; j < rows; j++)
    represent(precision, to + j * n, n, 0, to + j * n, (float)most);
}

/* Row j of a matrix (rows, n) times x. */
static double dot(const double *matrix, int64_t j, int64_t n, const double *x) {
  double sum = 0;
  for (int64_t k = 0; k < n; k++)
    sum += matrix[j * n + k] * x[k];
  return sum;
}

/* One step of one row: h (O) and c (H) in place. */
static void reference_step(const kioku_fused *layer, const double *plain_x, double *h, double *c) {
  const int cell = (int)layer->cell, precision = (int)layer->precision;
  const int64_t I = layer->input, H = layer->hidden, P = layer->projected, O = P > 0 ? P : H;
  double x[MAX_I], product_h[MAX_H];
  represent(precision, plain_x, I, layer->x_scale, x, 127);
  represent(precision, h, O, layer->h_scale, product_h, 127);
  const int coupled = cell == KIOKU_FUSED_CIFG || cell == KIOKU_FUSED_CIFG_PEEPHOLE;
  const int peephole = cell == KIOKU_FUSED_LSTM_PEEPHOLE || cell == KIOKU_FUSED_CIFG_PEEPHOLE;
  double of_x[MAX_GATES * MAX_H], of_h[MAX_GATES * MAX_H], reset[MAX_H], made[MAX_H];
  for (int64_t j = 0; j < cells[cell].gates * H; j++) {
    of_x[j] = dot(represented_w, j, I, x) + v[j];
    of_h[j] = dot(represented_u, j, O, product_h);
  }
  if (cell == KIOKU_FUSED_GRU_RESET_BEFORE) {
    for (int64_t j = 0; j < H; j++)
      reset[j] = sigmoid(of_x[j] + of_h[j]) * h[j];
    represent(precision, reset, H, 0, reset, 127);
    for (int64_t j = 0; j < H; j++)
      of_h[2 * H + j] = dot(represented_u, 2 * H + j, O, reset);
  }
  for (int64_t j = 0; j < H; j++) {
    const double gate = of_x[j] + of_h[j];
    if (cells[cell].has_memory) {
      const int64_t f = coupled ? 0 : 1;
      const float *peep = v + cells[cell].gates * H + j;
      const double forget = sigmoid(of_x[f * H + j] + of_h[f * H + j] + (peephole ? (double)peep[f * H] * c[j] : 0));
      const double in = coupled ? 1 - forget : sigmoid(gate + (peephole ? (double)peep[0] * c[j] : 0));
      const int64_t g = (f + 1) * H + j, o = (f + 2) * H + j;
      c[j] = forget * c[j] + in * tanh(of_x[g] + of_h[g]);
      made[j] = sigmoid(of_x[o] + of_h[o] + (peephole ? (double)peep[(f + 1) * H] * c[j] : 0)) * tanh(c[j]);
    } else if (cells[cell].gates == 3) {
      const double z = sigmoid(of_x[H + j] + of_h[H + j]);
      const double n =
          tanh(of_x[2 * H + j] +
               (cell == KIOKU_FUSED_GRU ? sigmoid(gate) * (of_h[2 * H + j] + (double)v[3 * H + j]) : of_h[2 * H + j]));
      made[j] = (1 - z) * n + z * h[j];
    } else
      made[j] = cell == KIOKU_FUSED_RNN_TANH ? tanh(gate) : gate > 0 || isnan(gate) ? gate : 0;
  }
  if (P > 0)
    represent(precision, made, H, 0, made, 127);
  for (int64_t j = 0; j < O; j++)
    h[j] = P > 0 ? dot(represented_p, j, H, made) : made[j];
}

/* ---- one case ---- */

struct shape {
  int64_t I, H, P, N, T, chunk;
  int batch_first, backward, wide; /* wide: rows of x, y and state are longer than their use */
  int at_end;                      /* where the guarded buffers lie */
  float odd;                       /* put into x of the last row's last step */
  int precision, threads;
  float x_scale, h_scale;
};

static struct guarded memory_x, memory_y, memory_state, memory_gates, memory_scratch, memory_arguments, memory_packed;
static kioku_team *team;

/* What the threads of a call do. */
struct call {
  const struct kioku_kernels *kernels;
  const kioku_fused *layer;
  const kioku_run *run;
  const float *x;
  float *y;
};
static void share(const void *argument, const struct member *me) {
  const struct call *call = argument;
  for (int64_t first = 0; first < call->run->steps; first += call->run->chunk_steps)
    call->kernels->fused(call->layer, call->run, first, call->x, call->y, me);
}

/* How far a value may be off. Sums of up to 260 float products of size 1, and steps that carry the error of c on;
 * values of a rectifier grow. What is rounded in the middle of a step may fall to the other side of a tie. */
static double tolerance(int cell, struct shape s) {
  const double flips = s.precision == KIOKU_BF16 ? 2e-3 : s.precision == KIOKU_INT8 ? 1e-2 : 0;
  const int rounds_between = s.P > 0 || cell == KIOKU_FUSED_GRU_RESET_BEFORE;
  return 1e-5 * (cell == KIOKU_FUSED_RNN_RELU ? 100 : s.P > 0 ? 10 : 1) + (rounds_between ? flips : 0);
}

static double worse(double worst, double expected, float actual) {
  const double d = fabs(expected - (double)actual);
  if (d <= worst || (isnan(expected) && isnan(actual)) || (isinf(expected) && isinf(actual)))
    return worst;
  return isnan(d) ? INFINITY : d;
}

static void test_layer(int tier, int cell, struct shape s) {
  const struct kioku_kernels *kernels = kioku_kernels_of(tier);
  const int64_t I = s.I, H = s.H, O = s.P > 0 ? s.P : H, N = s.N, T = s.T, gap = s.wide ? 3 : 0;
  const int64_t states = O + (cells[cell].has_memory ? H : 0);
  kioku_fused layer = {.cell = cell,
                       .precision = s.precision,
                       .input = I,
                       .hidden = H,
                       .projected = s.P,
                       .x_scale = s.x_scale,
                       .h_scale = s.h_scale};
  represent_rows(s.precision, w, cells[cell].gates * H, I, represented_w, kernels->byte_weights_most);
  represent_rows(s.precision, u, cells[cell].gates * H, O, represented_u, kernels->byte_weights_most);
  represent_rows(s.precision, p, s.P, H, represented_p, kernels->byte_weights_most);
  kernels->fused_plan(&layer);
  float *packed = guarded_take(memory_packed, layer.packed_size, s.at_end);
  kernels->fused_pack(&layer, w, u, v, s.P > 0 ? p : NULL, packed);
  layer.packed = packed;

  const int64_t x_width = I + gap, y_width = O + gap, state_width = states + gap;
  const int64_t x_row = s.batch_first ? T * x_width : x_width, x_step = s.batch_first ? x_width : N * x_width;
  const int64_t y_row = s.batch_first ? T * y_width : y_width, y_step = s.batch_first ? y_width : N * y_width;
  const int64_t last = s.backward ? T - 1 : 0, sign = s.backward ? -1 : 1;
  const int64_t chunk = s.chunk < T ? s.chunk : T;
  float *x = guarded_take(memory_x, (N * T - 1) * x_width + I, s.at_end);
  float *y = guarded_take(memory_y, (N * T - 1) * y_width + O, s.at_end);
  float *state = guarded_take(memory_state, (N - 1) * state_width + states, s.at_end);
  const kioku_run run = {
      .steps = T,
      .batch = N,
      .x_step = sign * x_step,
      .x_row = x_row,
      .y_step = sign * y_step,
      .y_row = y_row,
      .state_row = state_width,
      .state = state,
      .gates = guarded_take(memory_gates, chunk * N * layer.gates_width, s.at_end),
      .chunk_steps = s.chunk,
      .scratch = guarded_take(memory_scratch, N * layer.scratch_width, s.at_end),
      .arguments = guarded_take(memory_arguments, (s.chunk + s.threads) * N * layer.argument_width, s.at_end),
      .threads = s.threads,
      .team = team,
  };
  static double h[MAX_N][MAX_H], c[MAX_N][MAX_H];
  for (int64_t n = 0; n < N; n++) {
    for (int64_t t = 0; t < T; t++)
      for (int64_t k = 0; k < I; k++)
        x[t * x_step + n * x_row + k] = random_float(2);
    for (int64_t j = 0; j < O; j++)
      h[n][j] = state[n * state_width + j] = random_float(1);
    for (int64_t j = O; j < states; j++)
      c[n][j - O] = state[n * state_width + j] = random_float(1);
  }
  if (s.odd != 0)
    x[(s.backward ? 0 : T - 1) * x_step + (N - 1) * x_row + I / 2] = s.odd;

  static float first_state[MAX_N * (2 * MAX_H + 3)], alone_y[MAX_N * MAX_T * (MAX_H + 3)];
  const size_t y_size = (size_t)((N * T - 1) * y_width + O) * sizeof(float);
  const size_t state_size = (size_t)((N - 1) * state_width + states) * sizeof(float);
  const struct call call = {kernels, &layer, &run, x + last * x_step, y + last * y_step};
  memcpy(first_state, state, state_size);
  team_share(NULL, 1, share, &call);
  memcpy(alone_y, y, y_size);
  memcpy(state, first_state, state_size);
  team_share(team, s.threads, share, &call);
  check(memcmp(alone_y, y, y_size) == 0, "%s %s: other numbers on %d threads", kioku_isa_name(tier), cells[cell].name,
        s.threads);

  double worst = 0;
  for (int64_t t = 0; t < T; t++)
    for (int64_t n = 0; n < N; n++) {
      const int64_t at = s.backward ? T - 1 - t : t; /* in memory */
      double x_t[MAX_I];
      for (int64_t k = 0; k < I; k++)
        x_t[k] = x[at * x_step + n * x_row + k];
      reference_step(&layer, x_t, h[n], c[n]);
      for (int64_t j = 0; j < O; j++) {
        const float actual = y[at * y_step + n * y_row + j];
        worst = worse(worst, h[n][j], actual);
        if (s.precision != KIOKU_F32)
          h[n][j] = actual; /* the next step rounds what this one gave */
      }
    }
  for (int64_t n = 0; n < N; n++) {
    for (int64_t j = 0; j < O; j++)
      worst = worse(worst, h[n][j], state[n * state_width + j]);
    for (int64_t j = O; j < states; j++)
      worst = worse(worst, c[n][j - O], state[n * state_width + j]);
  }
  static const char *const precisions[] = {"f32", "bf16", "int8"};
  check(worst < tolerance(cell, s), "%s %s %s I=%d H=%d P=%d N=%d T=%d chunk=%d%s%s%s odd %g: off by %g",
        kioku_isa_name(tier), cells[cell].name, precisions[s.precision], (int)I, (int)H, (int)s.P, (int)N, (int)T,
        (int)s.chunk, s.batch_first ? " batch-first" : "", s.backward ? " backward" : "", s.wide ? " wide" : "",
        (double)s.odd, worst);
  const struct {
    const char *name;
    struct guarded memory;
    const float *data;
    int64_t rows, columns, stride;
  } buffers[] = {{"x", memory_x, x, N * T, I, x_width},
                 {"y", memory_y, y, N * T, O, y_width},
                 {"the state", memory_state, state, N, states, state_width},
                 {"the gates", memory_gates, run.gates, chunk * N, layer.gates_width, layer.gates_width},
                 {"the scratch", memory_scratch, run.scratch, N, layer.scratch_width, layer.scratch_width},
                 {"the arguments", memory_arguments, run.arguments, (s.chunk + s.threads) * N, layer.argument_width,
                  layer.argument_width},
                 {"the weights", memory_packed, packed, 1, layer.packed_size, layer.packed_size}};
  for (size_t k = 0; k < sizeof buffers / sizeof *buffers; k++)
    check(guarded_damage(buffers[k].memory, buffers[k].data, buffers[k].rows, buffers[k].columns, buffers[k].stride) ==
              0,
          "%s %s: wrote beside %s", kioku_isa_name(tier), cells[cell].name, buffers[k].name);
}

static void test_tier(int tier) {
  static const struct { int64_t I, H; } sizes[] = {{1, 1}, {3, 5}, {16, 8}, {7, 33}, {130, 16}, {40, 100}, {2, 130}};
  static const int64_t lengths[] = {1, 2, 5}, chunks[] = {1, 3, 100};
  static const float odd[] = {0, 0, 0, NAN, INFINITY, 0x1p-140f};
  for (int cell = 0; cell < CELLS; cell++)
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
      for (int64_t N = 1; N <= MAX_N; N++)
        for (int precision = KIOKU_F32; precision <= KIOKU_INT8; precision++) {
          const int64_t I = sizes[size].I, H = sizes[size].H, variant = random_below(8);
          const int projects = cells[cell].has_memory && random_below(3) == 0;
          test_layer(tier, cell,
                     (struct shape){I, H, projects ? 1 + random_below(H) : 0, N, lengths[random_below(3)],
                                    chunks[random_below(3)], variant & 1, variant >> 1 & 1, variant >> 2 & 1,
                                    (int)random_below(2), odd[random_below(6)], precision,
                                    1 + (int)random_below(MAX_THREADS), random_below(3) == 0 ? 1.5f / 127 : 0,
                                    random_below(3) == 0 ? 0.9f / 127 : 0});
        }
}

/* No steps, or no rows: not even a pointer is looked at. */
static void test_nothing(void) {
  const kioku_fused layer = {.cell = KIOKU_FUSED_LSTM, .input = 3, .hidden = 5};
  kioku_run run = {.steps = 0, .batch = 3, .chunk_steps = 1};
  kioku_fused_f32(&layer, &run, NULL, 0, NULL, 0);
  run.steps = 3;
  run.batch = 0;
  kioku_fused_f32(&layer, &run, NULL, 0, NULL, 0);
}

int main(void) {
  for (size_t k = 0; k < sizeof w / sizeof *w; k++)
    w[k] = random_float(0.3f);
  for (size_t k = 0; k < sizeof u / sizeof *u; k++)
    u[k] = random_float(0.3f);
  for (size_t k = 0; k < sizeof v / sizeof *v; k++)
    v[k] = random_float(1);
  for (size_t k = 0; k < sizeof p / sizeof *p; k++)
    p[k] = random_float(0.3f);
  enum { PAD = 16, ROWS = MAX_N * MAX_T }; /* the widest vector */
  memory_x = guarded_new(ROWS * (MAX_I + PAD));
  memory_y = guarded_new(ROWS * (MAX_H + PAD));
  memory_state = guarded_new(MAX_N * (2 * MAX_H + PAD));
  memory_gates = guarded_new(ROWS * MAX_GATES * (MAX_H + PAD));
  memory_scratch = guarded_new(MAX_N * (MAX_GATES + 2) * (MAX_H + PAD));
  memory_arguments = guarded_new((100 + MAX_THREADS) * MAX_N * (MAX_H + 2));
  team = kioku_team_new(MAX_THREADS);
  memory_packed = guarded_new((MAX_H + PAD) * (MAX_VECTORS + MAX_GATES * (MAX_I + MAX_H + 4) + MAX_H + 2));
  test_nothing();
  for (int tier = 0; kioku_isa_name(tier); tier++)
    if (kioku_isa_usable(tier))
      test_tier(tier);
  kioku_team_free(team);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
