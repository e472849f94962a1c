/* Microseconds a step of the fused layers, of the tier in use (KIOKU_ISA), and the rate at which each step reads the
 * recurrent weights: fused_bench [CELL [H [N [T]]]], by default all. I = H. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernels.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static float *floats(int64_t n) {
  float *v = aligned_alloc(64, ((size_t)n * sizeof(float) + 63) / 64 * 64);
  for (int64_t k = 0; v && k < n; k++)
    v[k] = ((float)rand() / (float)RAND_MAX - 0.5f) * 0.1f;
  return v ? v : (abort(), v);
}

static void bench(int cell, const char *name, int gates, int64_t H, int64_t N, int64_t T) {
  enum { ROUNDS = 25 };
  kioku_fused layer = {.cell = cell, .input = H, .hidden = H};
  kioku_fused_plan_f32(&layer);
  float *w = floats(gates * H * H), *u = floats(gates * H * H), *v = floats(7 * H), *packed = floats(layer.packed_size);
  kioku_fused_pack_f32(&layer, w, u, v, NULL, packed);
  layer.packed = packed;
  const int64_t most = (1 << 16) / (N * layer.gates_width), chunk = most < 1 ? 1 : most < T ? most : T;
  float *x = floats(T * N * H), *y = floats(T * N * H), *state = floats(N * 2 * H);
  float *gates_memory = floats(chunk * N * layer.gates_width), *scratch = floats(N * layer.scratch_width);
  const kioku_run run = {.steps = T,
                         .batch = N,
                         .x_step = N * H,
                         .x_row = H,
                         .y_step = N * H,
                         .y_row = H,
                         .state_row = 2 * H,
                         .state = state,
                         .gates = gates_memory,
                         .chunk_steps = chunk,
                         .scratch = scratch};
  double rounds[ROUNDS];
  int calls = 1;
  for (int r = -1; r < ROUNDS; r++) {
    const double start = now();
    for (int k = 0; k < calls; k++)
      kioku_fused_f32(&layer, &run, x, 0, y, 0);
    const double micros = (now() - start) / calls;
    if (r < 0)
      calls = (int)(2000 / micros) + 1; /* some 2 ms */
    else
      rounds[r] = micros / (double)T;
  }
  qsort(rounds, ROUNDS, sizeof *rounds, by_value);
  const double step = rounds[ROUNDS / 2];
  printf("%-16s H=%-4d N=%-2d T=%-3d %9.3f us, %6.1f GB/s, %6.1f GFLOP/s\n", name, (int)H, (int)N, (int)T, step,
         (double)(gates * H * H) * 4e-3 / step, (double)(2 * N * 2 * gates * H * H) * 1e-3 / step);
  fflush(stdout);
  free(w), free(u), free(v), free(packed), free(x), free(y), free(state), free(gates_memory), free(scratch);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int gates;
  } cells[] = {{"LSTM", 4}, {"LSTM_PEEPHOLE", 4},    {"CIFG", 3},     {"CIFG_PEEPHOLE", 3},
               {"GRU", 3},  {"GRU_RESET_BEFORE", 3}, {"RNN_TANH", 1}, {"RNN_RELU", 1}};
  static const int H[] = {16, 64, 128, 256, 512, 1024}, N[] = {1, 2, 4, 8}, T[] = {1, 50};
  for (int cell = 0; cell < 8; cell++)
    for (int h = 0; h < 6; h++)
      for (int t = 0; t < 2; t++)
        for (int n = 0; n < 4; n++)
          if ((argc < 2 || strcmp(argv[1], cells[cell].name) == 0) && (argc < 3 || atoi(argv[2]) == H[h]) &&
              (argc < 4 || atoi(argv[3]) == N[n]) && (argc < 5 || atoi(argv[4]) == T[t]))
            bench(cell, cells[cell].name, cells[cell].gates, H[h], N[n], T[t]);
}
