/* Layers that run at once, against the same layers one after the other. */
#include "check.h"
#include "kioku.h"

enum { MAX_PARTS = 5, MAX_THREADS = 5 };

static const int cells[] = {KIOKU_FUSED_LSTM, KIOKU_FUSED_GRU, KIOKU_FUSED_GRU_RESET_BEFORE, KIOKU_FUSED_RNN_TANH};
static const int gates[] = {4, 3, 3, 1}, vectors[] = {4, 4, 3, 1}, states[] = {2, 1, 1, 1};

/* A layer with memory of its own. */
struct layer {
  kioku_fused fused;
  kioku_run run;
  int state_size;
};

static float *random_floats(int64_t count, float scale) {
  float *floats = malloc((size_t)count * sizeof(float) + 64);
  for (int64_t k = 0; k < count; k++)
    floats[k] = random_float(scale);
  return floats;
}

static struct layer layer_new(int64_t precision, int64_t I, int64_t H, int64_t N, int64_t T, int64_t chunk,
                              int threads) {
  const int kind = (int)random_below(sizeof cells / sizeof *cells);
  const int projects = cells[kind] == KIOKU_FUSED_LSTM && random_below(2);
  struct layer l = {
      .fused = {.cell = cells[kind],
                .precision = precision,
                .input = I,
                .hidden = projects ? H + 3 : H,
                .projected = projects ? H : 0},
  };
  kioku_fused_plan_f32(&l.fused);
  float *w = random_floats(gates[kind] * (H + 3) * I, 0.4f), *u = random_floats(gates[kind] * (H + 3) * H, 0.4f);
  float *v = random_floats(vectors[kind] * (H + 3), 1), *p = random_floats(H * (H + 3), 0.4f);
  float *packed = malloc((size_t)l.fused.packed_size * sizeof(float));
  kioku_fused_pack_f32(&l.fused, w, u, v, p, packed);
  l.fused.packed = packed;
  free(w), free(u), free(v), free(p);
  l.state_size = (int)((H + 3) * states[kind]);
  l.run = (kioku_run){.steps = T,
                      .batch = N,
                      .state_row = l.state_size,
                      .state = malloc((size_t)(N * l.state_size) * sizeof(float)),
                      .gates = malloc((size_t)(chunk * N * l.fused.gates_width) * sizeof(float)),
                      .chunk_steps = chunk,
                      .scratch = malloc((size_t)(N * l.fused.scratch_width) * sizeof(float)),
                      .arguments = malloc((size_t)((chunk + threads) * N * l.fused.argument_width + 1) * sizeof(float)),
                      .threads = 1};
  return l;
}

static void layer_free(struct layer *l) {
  free((float *)l->fused.packed), free(l->run.state), free(l->run.gates), free(l->run.scratch), free(l->run.arguments);
}

static void fill_states(struct layer *layers, int count) {
  for (int k = 0; k < count; k++)
    for (int64_t j = 0; j < layers[k].run.batch * layers[k].state_size; j++)
      layers[k].run.state[j] = 0.01f * (float)((j * 7 + k) % 100);
}

static float *states_of(const struct layer *layers, int count) {
  size_t size = 0;
  for (int k = 0; k < count; k++)
    size += (size_t)(layers[k].run.batch * layers[k].state_size);
  float *all = malloc(size * sizeof(float)), *to = all;
  for (int k = 0; k < count; k++) {
    const size_t own = (size_t)(layers[k].run.batch * layers[k].state_size);
    memcpy(to, layers[k].run.state, own * sizeof(float));
    to += own;
  }
  return all;
}

/* Some layers, each behind the other, or all beside each other with every second one backwards. */
static void test_parts(kioku_team *team, int precision, int chained, int count, int threads) {
  const int64_t I = 1 + random_below(20), H = 1 + random_below(70), N = 1 + random_below(7), T = 1 + random_below(30),
                chunk = 1 + random_below(9), offset = random_below(5);
  const int64_t width = chained ? H : H * count;
  struct layer layers[MAX_PARTS];
  kioku_part parts[MAX_PARTS];
  float *between[MAX_PARTS + 1] = {NULL}; /* what layer k of a wave reads, k > 0 */
  const int64_t between_size = N * T * H;
  for (int k = 1; chained && k < count; k++)
    between[k] = random_floats(between_size, 1);
  float *x = random_floats(offset + N * T * I, 2);
  const size_t y_size = (size_t)(offset + N * T * width) * sizeof(float);
  float *y = calloc(1, y_size), *expected = malloc(y_size);
  for (int k = 0; k < count; k++) {
    const int64_t x_width = between[k] ? H : I, y_width = between[k + 1] ? H : width;
    const int64_t sign = !chained && k % 2 ? -1 : 1, last = sign < 0 ? (T - 1) * N : 0;
    layers[k] = layer_new(precision, x_width, H, N, T, chunk, threads);
    kioku_run *r = &layers[k].run;
    r->x_row = x_width, r->x_step = sign * N * x_width;
    r->y_row = y_width, r->y_step = sign * N * y_width;
    parts[k] = (kioku_part){.layer = &layers[k].fused,
                            .run = r,
                            .x = between[k],
                            .x_offset = between[k] ? 0 : offset + last * x_width,
                            .y = between[k + 1],
                            .y_offset = between[k + 1] ? 0 : offset + last * y_width + (chained ? 0 : k * H),
                            .follows = between[k] != NULL};
  }
  fill_states(layers, count);
  for (int k = 0; k < count; k++)
    kioku_fused_f32(parts[k].layer, parts[k].run, parts[k].x ? parts[k].x : x, parts[k].x_offset,
                    parts[k].y ? parts[k].y : y, parts[k].y_offset);
  float *expected_states = states_of(layers, count);
  memcpy(expected, y, y_size);
  memset(y, 0, y_size);
  for (int k = 1; chained && k < count; k++)
    memset(between[k], 0xff, (size_t)between_size * sizeof(float)); /* NaN: whoever reads too early gives NaN */
  fill_states(layers, count);
  kioku_fused_parts_f32(parts, count, threads, team, x, y);
  float *actual_states = states_of(layers, count);
  size_t state_size = 0;
  for (int k = 0; k < count; k++)
    state_size += (size_t)(N * layers[k].state_size) * sizeof(float);
  check(memcmp(y, expected, y_size) == 0, "%d layers %s, %d threads, T=%d N=%d H=%d chunk %d: other outputs", count,
        chained ? "in a wave" : "side by side", threads, (int)T, (int)N, (int)H, (int)chunk);
  check(memcmp(actual_states, expected_states, state_size) == 0, "%d layers %s, %d threads: other states", count,
        chained ? "in a wave" : "side by side", threads);
  for (int k = 0; k < count; k++) {
    layer_free(&layers[k]);
    free(between[k]);
  }
  free(x), free(y), free(expected), free(expected_states), free(actual_states);
}

/* No parts, or no steps: nothing is looked at. */
static void test_nothing(void) {
  kioku_fused_parts_f32(NULL, 0, 1, NULL, NULL, NULL);
  const kioku_run run = {.steps = 0, .batch = 3, .chunk_steps = 1};
  kioku_part part = {.run = &run};
  kioku_fused_parts_f32(&part, 1, 1, NULL, NULL, NULL);
}

int main(void) {
  kioku_team *team = kioku_team_new(MAX_THREADS);
  test_nothing();
  for (int precision = KIOKU_F32; precision <= KIOKU_INT8; precision++)
    for (int count = 1; count <= MAX_PARTS; count++)
      for (int threads = 1; threads <= MAX_THREADS; threads++)
        for (int repetition = 0; repetition < 20; repetition++) {
          test_parts(team, precision, 0, count, threads);
          test_parts(team, precision, 1, count, threads);
        }
  kioku_team_free(team);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
