/* What the program interpreter costs: LSTM and GRU gates as programs, against the same formulas fused by hand in one
 * loop with the same vector vocabulary. First both are shown to compute the same, then they are timed in turns. Also
 * prints the time of each activation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernels.h"
#ifdef __AVX512F__
#include "vector_avx512.h"
#define TIER KIOKU_ISA_AVX512
#elif defined(__AVX2__)
#include "vector_avx2.h"
#define TIER KIOKU_ISA_AVX2
#else
#include "vector_scalar.h"
#define TIER KIOKU_ISA_SCALAR
#endif
#include "activations.inc"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *v, int n) {
  qsort(v, (size_t)n, sizeof *v, by_value);
  return v[n / 2];
}

/* ---- the two cells ---- */

enum { MAX_N = 256, MAX_H = 512, GATES = 4 };

/* One step's memory. Rows of gates are GATES H wide; of h, c and y H wide. */
struct data {
  int64_t N, H;
  float *gates, *h, *c, *y;
  const float *bias; /* (H) */
};

/* Operands of the programs, and their scratch registers. */
enum { G0, G1, G2, G3, H_STATE, C_STATE, Y, BIAS, OPERANDS };
#define R(k) (-(k))

static const kioku_instruction lstm_program[] = {
    {KIOKU_OP_SIGMOID, R(1), G0, 0, 0, 0, 0},   {KIOKU_OP_SIGMOID, R(2), G1, 0, 0, 0, 0},
    {KIOKU_OP_TANH, R(3), G2, 0, 0, 0, 0},      {KIOKU_OP_SIGMOID, R(4), G3, 0, 0, 0, 0},
    {KIOKU_OP_MUL, R(1), R(1), R(3), 0, 0, 0},  {KIOKU_OP_MULADD, R(1), R(2), C_STATE, R(1), 0, 0},
    {KIOKU_OP_COPY, C_STATE, R(1), 0, 0, 0, 0}, {KIOKU_OP_TANH, R(1), R(1), 0, 0, 0, 0},
    {KIOKU_OP_MUL, R(1), R(4), R(1), 0, 0, 0},  {KIOKU_OP_COPY, H_STATE, R(1), 0, 0, 0, 0},
    {KIOKU_OP_COPY, Y, R(1), 0, 0, 0, 0},
};

/* i f g o -> c' = f c + i g, h' = o tanh(c'). */
static void lstm_fused(const struct data *d) {
  const int64_t H = d->H;
  for (int64_t n = 0; n < d->N; n++)
    for (int64_t k = 0; k < H; k += LANES) {
      const float *gates = d->gates + n * GATES * H + k;
      const vec i = v_sigmoid(v_load(gates)), f = v_sigmoid(v_load(gates + H));
      const vec g = v_tanh(v_load(gates + 2 * H)), o = v_sigmoid(v_load(gates + 3 * H));
      const vec c = v_muladd(f, v_load(d->c + n * H + k), v_mul(i, g));
      const vec h = v_mul(o, v_tanh(c));
      v_store(d->c + n * H + k, c);
      v_store(d->h + n * H + k, h);
      v_store(d->y + n * H + k, h);
    }
}

static const kioku_instruction gru_program[] = {
    {KIOKU_OP_SIGMOID, R(1), G1, 0, 0, 0, 0},
    {KIOKU_OP_SIGMOID, R(2), G2, 0, 0, 0, 0},
    {KIOKU_OP_ADD, R(3), G3, BIAS, 0, 0, 0},
    {KIOKU_OP_MULADD, R(3), R(1), R(3), G0, 0, 0},
    {KIOKU_OP_TANH, R(3), R(3), 0, 0, 0, 0},
    {KIOKU_OP_SUB, R(4), H_STATE, R(3), 0, 0, 0},
    {KIOKU_OP_MULADD, R(3), R(2), R(4), R(3), 0, 0},
    {KIOKU_OP_COPY, H_STATE, R(3), 0, 0, 0, 0},
    {KIOKU_OP_COPY, Y, R(3), 0, 0, 0, 0},
};

/* n r z m -> n = tanh(n + r (m + b)), h' = n + z (h - n). */
static void gru_fused(const struct data *d) {
  const int64_t H = d->H;
  for (int64_t row = 0; row < d->N; row++)
    for (int64_t k = 0; k < H; k += LANES) {
      const float *gates = d->gates + row * GATES * H + k;
      const vec r = v_sigmoid(v_load(gates + H)), z = v_sigmoid(v_load(gates + 2 * H));
      const vec m = v_add(v_load(gates + 3 * H), v_load(d->bias + k));
      const vec n = v_tanh(v_muladd(r, m, v_load(gates)));
      const vec h = v_muladd(z, v_sub(v_load(d->h + row * H + k), n), n);
      v_store(d->h + row * H + k, h);
      v_store(d->y + row * H + k, h);
    }
}

static const struct {
  const char *name;
  const kioku_instruction *program;
  int64_t count;
  void (*fused)(const struct data *d);
} cells[] = {
    {"LSTM", lstm_program, sizeof lstm_program / sizeof *lstm_program, lstm_fused},
    {"GRU", gru_program, sizeof gru_program / sizeof *gru_program, gru_fused},
};

static void run_program(int cell, const struct data *d) {
  const int64_t H = d->H;
  const kioku_operand operands[OPERANDS] = {{d->gates, GATES * H},
                                            {d->gates + H, GATES * H},
                                            {d->gates + 2 * H, GATES * H},
                                            {d->gates + 3 * H, GATES * H},
                                            {d->h, H},
                                            {d->c, H},
                                            {d->y, H},
                                            {(float *)d->bias, 0}};
  kioku_kernels_of(TIER)->program(cells[cell].program, cells[cell].count, operands, d->N, H);
}

static float *floats(int64_t n) {
  float *v = aligned_alloc(64, (size_t)n * sizeof(float));
  for (int64_t k = 0; v && k < n; k++)
    v[k] = (float)rand() / (float)RAND_MAX * 8 - 4;
  return v ? v : (abort(), v);
}

static void copy(struct data *to, const struct data *from) {
  const size_t size = (size_t)(from->N * from->H) * sizeof(float);
  memcpy(to->gates, from->gates, GATES * size);
  memcpy(to->h, from->h, size);
  memcpy(to->c, from->c, size);
  to->bias = from->bias;
}

static int bench_cell(int cell, int64_t N, int64_t H) {
  enum { ROUNDS = 301 };
  struct data a = {N, H, floats(GATES * N * H), floats(N * H), floats(N * H), floats(N * H), floats(H)}, b = a;
  b.gates = floats(GATES * N * H), b.h = floats(N * H), b.c = floats(N * H), b.y = floats(N * H);
  copy(&b, &a);
  run_program(cell, &a);
  cells[cell].fused(&b);
  const size_t size = (size_t)(N * H) * sizeof(float);
  if (memcmp(a.h, b.h, size) || memcmp(a.c, b.c, size) || memcmp(a.y, b.y, size)) {
    printf("%s %dx%d: the program and the fused loop differ\n", cells[cell].name, (int)N, (int)H);
    return 1;
  }
  const int calls = (int)(40000 / (N * H)) + 1; /* some 50 us per round */
  double program[ROUNDS], fused[ROUNDS];
  for (int r = 0; r < ROUNDS; r++) {
    const double t0 = now();
    for (int k = 0; k < calls; k++)
      run_program(cell, &a);
    const double t1 = now();
    for (int k = 0; k < calls; k++)
      cells[cell].fused(&b);
    const double t2 = now();
    program[r] = (t1 - t0) / calls;
    fused[r] = (t2 - t1) / calls;
  }
  const double p = median(program, ROUNDS), f = median(fused, ROUNDS);
  printf("%-5s %4d x %-4d program %9.0f ns, fused %9.0f ns, ratio %.2f\n", cells[cell].name, (int)N, (int)H, p, f,
         p / f);
  free(a.gates), free(a.h), free(a.c), free(a.y), free((float *)a.bias);
  free(b.gates), free(b.h), free(b.c), free(b.y);
  return 0;
}

static void bench_activations(void) {
  enum { N = 1024, ROUNDS = 301 };
  float *x = floats(N), *y = floats(N);
  const struct {
    const char *name;
    void (*scalar)(int64_t n, const float *x, float *y), (*vector)(int64_t n, const float *x, float *y);
  } functions[] = {
#define FUNCTION(f) {#f, kioku_kernels_of(KIOKU_ISA_SCALAR)->f, kioku_kernels_of(TIER)->f}
      FUNCTION(sigmoid), FUNCTION(tanh), FUNCTION(exp), FUNCTION(log)};
  for (int k = 0; k < 4; k++) {
    double scalar[ROUNDS], vector[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
      const double t0 = now();
      for (int j = 0; j < 20; j++)
        functions[k].scalar(N, x, y);
      const double t1 = now();
      for (int j = 0; j < 20; j++)
        functions[k].vector(N, x, y);
      scalar[r] = (t1 - t0) / 20 / N;
      vector[r] = (now() - t1) / 20 / N;
    }
    printf("%-8s scalar %.3f ns, %s %.3f ns per float\n", functions[k].name, median(scalar, ROUNDS),
           kioku_isa_name(TIER), median(vector, ROUNDS));
  }
  free(x), free(y);
}

int main(void) {
  static const int sizes[][2] = {{1, 16},   {1, 64},  {1, 256},  {1, 1024}, {4, 128}, {16, 64},
                                 {16, 256}, {64, 64}, {64, 512}, {256, 16}, {256, 48}};
  if (!kioku_isa_usable(TIER)) {
    printf("this machine lacks %s\n", kioku_isa_name(TIER));
    return 1;
  }
  bench_activations();
  int wrong = 0;
  for (int cell = 0; cell < 2; cell++)
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
      wrong += bench_cell(cell, sizes[k][0], sizes[k][1]);
  return wrong != 0;
}
