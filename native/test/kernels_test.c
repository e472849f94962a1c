/* Every kernel of every instruction set that this machine has, against libm in double. `--all`: all 2^32 floats. */
#include <stddef.h>

#include "check.h"
#include "kernels.h"

static struct {
  const char *name;
  const struct kioku_kernels *kernels;
} tiers[16];
static int tier_count;

/* ---- references: double, rounded to float by the caller ---- */

static double sigmoid_double(double x) { return 1 / (1 + exp(-x)); }

static const struct {
  const char *name;
  double (*exact)(double x);
  size_t offset; /* in struct kioku_kernels */
} activations[] = {
    {"sigmoid", sigmoid_double, offsetof(struct kioku_kernels, sigmoid)},
    {"tanh", tanh, offsetof(struct kioku_kernels, tanh)},
    {"exp", exp, offsetof(struct kioku_kernels, exp)},
    {"log", log, offsetof(struct kioku_kernels, log)},
};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };
#define MAX_ULPS 2

typedef void activation(int64_t n, const float *x, float *y);

static activation *activation_of(int tier, int f) {
  activation *found;
  memcpy(&found, (const char *)tiers[tier].kernels + activations[f].offset, sizeof found);
  return found;
}

/* ---- activations ---- */

/* Every stride-th of the 2^32 floats. */
static void test_all_floats(uint64_t stride) {
  enum { N = 4096 };
  static float x[N], y[N], expected[N];
  for (int f = 0; f < ACTIVATIONS; f++) {
    int64_t worst[sizeof tiers / sizeof *tiers] = {0};
    float worst_x[sizeof tiers / sizeof *tiers] = {0};
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += N * stride) {
      int64_t n = 0;
      for (; n < N && bits + (uint64_t)n * stride < UINT64_C(1) << 32; n++) {
        x[n] = float_of((uint32_t)(bits + (uint64_t)n * stride));
        expected[n] = (float)activations[f].exact(x[n]);
      }
      for (int tier = 0; tier < tier_count; tier++) {
        activation_of(tier, f)(n, x, y);
        for (int64_t k = 0; k < n; k++)
          if (ulps(y[k], expected[k]) > worst[tier]) {
            worst[tier] = ulps(y[k], expected[k]);
            worst_x[tier] = x[k];
          }
      }
    }
    for (int tier = 0; tier < tier_count; tier++) {
      printf("%-7s %-7s at most %" PRId64 " ULP, first at %a\n", tiers[tier].name, activations[f].name, worst[tier],
             (double)worst_x[tier]);
      check(worst[tier] <= MAX_ULPS, "%s %s: %" PRId64 " ULP", tiers[tier].name, activations[f].name, worst[tier]);
    }
  }
}

/* Rows of any length and distance, against double; a NaN spreads over its row and no further. */
static void test_softmax(void) {
  enum { MOST = 12000 };
  const struct guarded from = guarded_new(MOST), to = guarded_new(MOST);
  for (int tier = 0; tier < tier_count; tier++)
    for (int trial = 0; trial < 300; trial++) {
      const int64_t outer = 1 + random_below(4), inner = random_below(2) ? 1 : 1 + random_below(40);
      const int64_t count = 1 + random_below(trial % 10 ? 70 : 7) * (inner == 1 && trial % 7 == 0 ? 40 : 1);
      const int64_t size = outer * count * inner, odd = random_below(4) ? -1 : random_below((uint32_t)size);
      const int is_log = (int)random_below(2), at_end = (int)random_below(2);
      float *x = guarded_take(from, size, at_end), *y = guarded_take(to, size, at_end);
      for (int64_t k = 0; k < size; k++)
        x[k] = random_float(trial % 5 ? 4 : 120);
      if (odd >= 0)
        x[odd] = random_below(2) ? NAN : -INFINITY;
      tiers[tier].kernels->softmax(is_log, outer, count, inner, x, y);
      double worst = 0;
      for (int64_t row = 0; row < outer * inner; row++) {
        const int64_t first = row / inner * count * inner + row % inner;
        double max = -INFINITY, sum = 0;
        int is_nan = 0;
        for (int64_t k = 0; k < count; k++) {
          max = x[first + k * inner] > max ? x[first + k * inner] : max;
          is_nan |= isnan(x[first + k * inner]) != 0;
        }
        for (int64_t k = 0; k < count; k++)
          sum += exp(x[first + k * inner] - max);
        for (int64_t k = 0; k < count; k++) {
          const double distance = x[first + k * inner] - max, got = y[first + k * inner];
          const double wanted = is_nan || isinf(max) ? NAN : is_log ? distance - log(sum) : exp(distance) / sum;
          if (isnan(wanted) || isinf(wanted)) {
            check(isnan(wanted) ? isnan(got) : got == wanted, "%s softmax gave %g instead of %g", tiers[tier].name, got,
                  wanted);
            continue;
          }
          worst = fmax(worst, fabs(got - wanted) / (is_log ? 1 + fabs(wanted) : 1));
        }
      }
      check(worst < 1e-6, "%s softmax %d of (%d, %d, %d): off by %g", tiers[tier].name, is_log, (int)outer, (int)count,
            (int)inner, worst);
      check(guarded_damage(to, y, 1, size, size) == 0, "%s softmax wrote beside y", tiers[tier].name);
    }
}

/* The error function, which has no function over arrays of its own, likewise; also ±0, infinities and NaN. */
static void test_erf(uint64_t stride) {
  enum { N = 4096 };
  static float x[N], y[N];
  static const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 0x1p-149f, 4.0f, -4.0f, 0.925f, 3e38f};
  const kioku_instruction in = {.op = KIOKU_OP_ERF, .dst = 1};
  const kioku_operand operands[] = {{x, N}, {y, N}};
  for (int tier = 0; tier < tier_count; tier++) {
    int64_t worst = 0;
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += N * stride) {
      for (int64_t n = 0; n < N; n++)
        x[n] = float_of((uint32_t)(bits + (uint64_t)n * stride));
      if (bits == 0)
        memcpy(x, special, sizeof special);
      tiers[tier].kernels->program(&in, 1, operands, 1, N);
      for (int64_t n = 0; n < N; n++) {
        const int64_t off = ulps(y[n], (float)erf(x[n]));
        worst = off > worst ? off : worst;
        check(isnan(x[n]) || signbit(x[n]) == signbit(y[n]), "%s erf(%a) = %a", tiers[tier].name, (double)x[n],
              (double)y[n]);
      }
    }
    printf("%-7s erf     at most %" PRId64 " ULP\n", tiers[tier].name, worst);
    check(worst <= MAX_ULPS, "%s erf: %" PRId64 " ULP", tiers[tier].name, worst);
  }
}

static void test_special_values(void) {
  static const struct {
    int f;
    float x, y;
  } cases[] = {
      {0, -INFINITY, 0},
      {0, INFINITY, 1},
      {0, 0.0f, 0.5f},
      {0, -0.0f, 0.5f},
      {0, NAN, NAN},
      {0, -3e38f, 0},
      {0, 3e38f, 1},
      {0, 0x1p-149f, 0.5f},
      {1, -INFINITY, -1},
      {1, INFINITY, 1},
      {1, 0.0f, 0.0f},
      {1, -0.0f, -0.0f},
      {1, NAN, NAN},
      {1, 0x1p-149f, 0x1p-149f},
      {1, -0x1p-149f, -0x1p-149f},
      {1, 0x1p-126f, 0x1p-126f},
      {1, -9.5f, -1},
      {1, 3e38f, 1},
      {2, -INFINITY, 0},
      {2, INFINITY, INFINITY},
      {2, 0.0f, 1},
      {2, -0.0f, 1},
      {2, NAN, NAN},
      {2, 88.75f, INFINITY},
      {2, 3e38f, INFINITY},
      {2, -104.0f, 0},
      {2, -3e38f, 0},
      {2, -103.5f, 0x1p-149f},
      {3, INFINITY, INFINITY},
      {3, 0.0f, -INFINITY},
      {3, -0.0f, -INFINITY},
      {3, 1.0f, 0.0f},
      {3, NAN, NAN},
      {3, -1.0f, NAN},
      {3, -INFINITY, NAN},
      {3, -0x1p-149f, NAN},
  };
  for (int tier = 0; tier < tier_count; tier++)
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
      /* At every place of a vector and of a tail, among other values. */
      for (int place = 0; place < 37; place++) {
        float x[37], y[37];
        for (int j = 0; j < 37; j++)
          x[j] = j == place ? cases[k].x : 1.0f;
        activation_of(tier, cases[k].f)(37, x, y);
        const float got = y[place], want = cases[k].y;
        check(isnan(want) ? isnan(got) : bits_of(got) == bits_of(want), "%s %s(%a) = %a, not %a", tiers[tier].name,
              activations[cases[k].f].name, (double)cases[k].x, (double)got, (double)want);
      }
}

/* Sizes, tails and in place, flush against inaccessible pages. */
static void test_array_ends(void) {
  const struct guarded gx = guarded_new(512), gy = guarded_new(512);
  for (int tier = 0; tier < tier_count; tier++)
    for (int f = 0; f < ACTIVATIONS; f++)
      for (int64_t n = 0; n <= 257; n += n < 70 ? 1 : 17)
        for (int variant = 0; variant < 4; variant++) {
          const int at_end = variant & 1, in_place = variant >> 1;
          float *x = guarded_take(gx, n, at_end), *y = in_place ? x : guarded_take(gy, n, at_end);
          float expected[257];
          for (int64_t k = 0; k < n; k++) {
            x[k] = random_float(10);
            expected[k] = (float)activations[f].exact(x[k]);
          }
          activation_of(tier, f)(n, x, y);
          for (int64_t k = 0; k < n; k++)
            check(ulps(y[k], expected[k]) <= MAX_ULPS, "%s %s n=%" PRId64 " variant %d [%" PRId64 "]: %a, not %a",
                  tiers[tier].name, activations[f].name, n, variant, k, (double)y[k], (double)expected[k]);
          check(guarded_damage(in_place ? gx : gy, y, 1, n, n) == 0, "%s %s n=%" PRId64 ": wrote outside",
                tiers[tier].name, activations[f].name, n);
        }
}

/* ---- programs ---- */

static const struct {
  const char *name;
  int arity, max_ulps;
} ops[] = {{"fill", 0, 0},           {"copy", 1, 0},        {"add", 2, 0},        {"sub", 2, 0},        {"mul", 2, 0},
           {"muladd", 3, 1},         {"affine", 1, 1},      {"max", 2, 0},        {"min", 2, 0},        {"relu", 1, 0},
           {"sigmoid", 1, MAX_ULPS}, {"tanh", 1, MAX_ULPS}, {"exp", 1, MAX_ULPS}, {"log", 1, MAX_ULPS}, {"div", 2, 0},
           {"step", 1, 0},           {"spread", 1, 0},      {"floor", 1, 0},      {"erf", 1, MAX_ULPS}};
enum { OPS = sizeof ops / sizeof *ops };

/* One element of one instruction. */
static float op_reference(const kioku_instruction *in, double a, double b, double c) {
  switch (in->op) {
  case KIOKU_OP_FILL:
    return in->alpha;
  case KIOKU_OP_COPY:
    return (float)a;
  case KIOKU_OP_ADD:
    return (float)(a + b);
  case KIOKU_OP_SUB:
    return (float)(a - b);
  case KIOKU_OP_MUL:
    return (float)(a * b);
  case KIOKU_OP_MULADD:
    return (float)(a * b + c);
  case KIOKU_OP_AFFINE:
    return (float)(in->alpha * a + in->beta);
  case KIOKU_OP_MAX:
    return isnan(a) || isnan(b) ? NAN : (float)(a > b ? a : b);
  case KIOKU_OP_MIN:
    return isnan(a) || isnan(b) ? NAN : (float)(a < b ? a : b);
  case KIOKU_OP_RELU:
    return isnan(a) ? NAN : (float)(a > 0 ? a : 0);
  case KIOKU_OP_DIV:
    return (float)(a / b);
  case KIOKU_OP_STEP:
    return isnan(a) ? NAN : a > 0 ? 1.0f : 0.0f;
  case KIOKU_OP_SPREAD: /* a is the first column's */
    return (float)a;
  case KIOKU_OP_FLOOR:
    return (float)floor(a);
  case KIOKU_OP_ERF:
    return (float)erf(a);
  default:
    return (float)activations[in->op - KIOKU_OP_SIGMOID].exact(a);
  }
}

/* Mostly small numbers, now and then a special one. */
static float random_argument(void) {
  static const float special[] = {0.0f, -0.0f, NAN, INFINITY, -INFINITY, 0x1p-149f, -0x1p-140f, 3e38f, -3e38f, 1.0f};
  return random_below(16) == 0 ? special[random_below(sizeof special / sizeof *special)] : random_float(8);
}

enum { OPERANDS = 4, MAX_ROWS = 64, MAX_COLUMNS = 257, MAX_GAP = 5 };
static struct guarded memory[OPERANDS]; /* y, a, b, c */

static float *take_matrix(int operand, int64_t rows, int64_t columns, int64_t stride, int at_end) {
  return guarded_take(memory[operand], rows == 0 || columns == 0 ? 0 : (rows - 1) * stride + columns, at_end);
}

/* One instruction on one shape. `broadcast` has a bit for each of a, b, c that is one row for all; y is in place of
 * argument `place` (1 a, 2 b, 3 c), or apart (0). */
static void test_op(int tier, int op, int64_t rows, int64_t columns, int64_t gap, int broadcast, int place,
                    int at_end) {
  static float expected[MAX_ROWS * MAX_COLUMNS];
  kioku_operand operands[OPERANDS];
  for (int o = 0; o < OPERANDS; o++) {
    const int one = o > 0 && broadcast >> (o - 1) & 1;
    operands[o].row_stride = one ? 0 : columns + gap * (o + 1);
    operands[o].data = take_matrix(o, one && rows ? 1 : rows, columns, operands[o].row_stride, at_end);
    for (int64_t r = 0; o > 0 && r < (one && rows ? 1 : rows); r++)
      for (int64_t k = 0; k < columns; k++)
        operands[o].data[r * operands[o].row_stride + k] = random_argument();
  }
  const kioku_instruction in = {op, place, 1, 2, 3, random_float(2), random_float(2)};
  for (int64_t r = 0; r < rows; r++)
    for (int64_t k = 0; k < columns; k++) {
      float v[OPERANDS];
      for (int o = 1; o < OPERANDS; o++)
        v[o] = operands[o].data[r * operands[o].row_stride + (op == KIOKU_OP_SPREAD ? 0 : k)];
      expected[r * columns + k] = op_reference(&in, v[1], v[2], v[3]);
    }
  /* What the operation does not name must not be touched. */
  for (int o = 1; o < OPERANDS; o++)
    if (o > ops[op].arity && o != place)
      operands[o].data = NULL;
  tiers[tier].kernels->program(&in, 1, operands, rows, columns);

  const kioku_operand y = operands[place];
  int wrong = 0;
  for (int64_t r = 0; r < rows; r++)
    for (int64_t k = 0; k < columns; k++)
      wrong += ulps(y.data[r * y.row_stride + k], expected[r * columns + k]) > ops[op].max_ulps;
  check(wrong == 0, "%s %s %" PRId64 "x%" PRId64 " gap %" PRId64 " broadcast %d place %d: %d wrong", tiers[tier].name,
        ops[op].name, rows, columns, gap, broadcast, place, wrong);
  check(guarded_damage(memory[place], y.data, rows, columns, y.row_stride) == 0,
        "%s %s %" PRId64 "x%" PRId64 " place %d: wrote outside", tiers[tier].name, ops[op].name, rows, columns, place);
}

static void test_ops(void) {
  static const int64_t sizes[] = {0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 100, 257}, heights[] = {1, 2, 5, 64};
  for (int tier = 0; tier < tier_count; tier++)
    for (int op = 0; op < OPS; op++)
      for (size_t h = 0; h < sizeof heights / sizeof *heights; h++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
          for (int at_end = 0; at_end <= 1; at_end++) {
            const int64_t rows = heights[h], columns = sizes[s];
            test_op(tier, op, rows, columns, 0, 0, 0, at_end);
            test_op(tier, op, rows, columns, 1, 0, 0, at_end);
            for (int o = 1; o <= ops[op].arity; o++) {
              test_op(tier, op, rows, columns, 0, 1 << (o - 1), 0, at_end);
              test_op(tier, op, rows, columns, 0, 0, o, at_end);
              test_op(tier, op, rows, columns, 1, 7 & ~(1 << (o - 1)), o, at_end);
            }
          }
}

/* Random programs of the exact operations over registers and operands: every tier gives the very same floats as running
 * each instruction on whole matrices. Operands 0 and 1 are written, 2 and 3 read; 3 is one row. */
static void test_random_programs(void) {
  enum { COUNT = 24 };
  static const int32_t exact[] = {KIOKU_OP_FILL, KIOKU_OP_COPY, KIOKU_OP_ADD,  KIOKU_OP_SUB,  KIOKU_OP_MUL,
                                  KIOKU_OP_MAX,  KIOKU_OP_MIN,  KIOKU_OP_RELU, KIOKU_OP_FLOOR};
  static float whole[OPERANDS + KIOKU_REGISTERS][MAX_ROWS * 1100]; /* operands, then registers */
  for (int trial = 0; trial < 3000; trial++) {
    const int64_t rows = 1 + random_below(MAX_ROWS), columns = 1 + random_below(rows < 8 ? 1100 : 200);
    kioku_instruction program[COUNT];
    int written[OPERANDS + KIOKU_REGISTERS] = {[2] = 1, [3] = 1}; /* whole[k] has a value */
    for (int k = 0; k < COUNT; k++) {
      kioku_instruction *in = &program[k];
      *in = (kioku_instruction){.alpha = random_float(2), .beta = random_float(2)};
      in->op = exact[random_below(sizeof exact / sizeof *exact)];
      int32_t *const names[] = {&in->dst, &in->a, &in->b};
      for (int j = ops[in->op].arity; j >= 0; j--)
        do
          *names[j] =
              (int32_t)random_below(j == 0 ? 2 + KIOKU_REGISTERS : OPERANDS + KIOKU_REGISTERS) - KIOKU_REGISTERS;
        while (j > 0 && !written[*names[j] < 0 ? OPERANDS - 1 - *names[j] : *names[j]]);
      written[in->dst < 0 ? OPERANDS - 1 - in->dst : in->dst] = 1;
    }
    int64_t strides[OPERANDS];
    for (int o = 0; o < OPERANDS; o++)
      strides[o] = o == 3 ? 0 : columns + random_below(2) * random_below(MAX_GAP);
    for (int64_t k = 0; k < rows * columns; k++) {
      whole[2][k] = random_argument();
      whole[3][k] = k < columns ? random_argument() : whole[3][k - columns];
    }
    kioku_operand operands[OPERANDS];
    static float given[2][MAX_ROWS * 1100];
    memcpy(given[0], whole[2], sizeof given[0]);
    memcpy(given[1], whole[3], sizeof given[1]);
    for (int k = 0; k < COUNT; k++) {
      const kioku_instruction *in = &program[k];
#define WHOLE(name) whole[(name) < 0 ? OPERANDS - 1 - (name) : (name)]
      for (int64_t e = 0; e < rows * columns; e++)
        WHOLE(in->dst)[e] = op_reference(in, WHOLE(in->a)[e], WHOLE(in->b)[e], 0);
    }
    for (int tier = 0; tier < tier_count; tier++) {
      for (int o = 0; o < OPERANDS; o++) {
        operands[o] = (kioku_operand){take_matrix(o, o == 3 ? 1 : rows, columns, strides[o], trial & 1), strides[o]};
        for (int64_t r = 0; o >= 2 && r < (o == 3 ? 1 : rows); r++)
          memcpy(operands[o].data + r * strides[o], &given[o - 2][r * columns], (size_t)columns * sizeof(float));
      }
      tiers[tier].kernels->program(program, COUNT, operands, rows, columns);
      for (int o = 0; o < 2; o++) {
        int wrong = 0;
        for (int64_t r = 0; written[o] && r < rows; r++)
          for (int64_t k = 0; k < columns; k++)
            wrong += ulps(operands[o].data[r * strides[o] + k], whole[o][r * columns + k]) != 0;
        check(wrong == 0, "%s random program %d %" PRId64 "x%" PRId64 ": %d wrong", tiers[tier].name, trial, rows,
              columns, wrong);
        check(guarded_damage(memory[o], operands[o].data, rows, columns, strides[o]) == 0,
              "%s random program %d: wrote outside", tiers[tier].name, trial);
      }
    }
  }
}

/* ---- copies ---- */

#ifndef KIOKU_TEST_EMULATED
/* Which of `count` elements, `step` apart, begins at a byte; -1 for none. */
static int64_t element_at(int64_t at, int64_t count, int64_t step) {
  return at % step == 0 && at / step < count ? at / step : -1;
}

/* One copy: axes of so many elements, innermost first, that lie in `from` in some order with gaps, backwards, or
 * repeated; in `to` as they are, with gaps. Flush against inaccessible pages. */
static void copy_case(int64_t bytes, const int64_t counts[3], const int order[3], int64_t gap, int repeated,
                      int backwards) {
  int64_t from_steps[3], to_steps[3], from_size = bytes, to_size = bytes;
  for (int k = 0; k < 3; k++) {
    const int axis = order[k];
    from_steps[axis] = axis == repeated ? 0 : from_size + (k > 0 ? gap : 0);
    if (axis != repeated)
      from_size = from_steps[axis] * counts[axis];
    to_steps[k] = to_size + (k > 0 ? gap : 0);
    to_size = to_steps[k] * counts[k];
  }
  char *from = (char *)(guarded_take(memory[1], (from_size + 3) / 4, 1) + (from_size + 3) / 4) - from_size;
  char *to = (char *)(guarded_take(memory[0], (to_size + 3) / 4, 1) + (to_size + 3) / 4) - to_size;
  for (int64_t k = 0; k < from_size; k++)
    from[k] = (char)random_bits();
  memset(to, 0, (size_t)to_size);
  if (backwards) {
    from += (counts[0] - 1) * from_steps[0];
    from_steps[0] = -from_steps[0];
  }
  kioku_copy(bytes, from, to, counts[0], from_steps[0], to_steps[0], counts[1], from_steps[1], to_steps[1], counts[2],
             from_steps[2], to_steps[2]);
  int wrong = 0;
  for (int64_t at = 0; at < to_size; at++) {
    const int64_t z = at / to_steps[2], in_plane = at % to_steps[2], y = in_plane / to_steps[1];
    const int64_t in_row = in_plane % to_steps[1], x = element_at(in_row / bytes * bytes, counts[0], bytes);
    const int inside = y < counts[1] && x >= 0;
    const char *source = from + x * from_steps[0] + y * from_steps[1] + z * from_steps[2] + in_row % bytes;
    wrong += to[at] != (inside ? *source : 0);
  }
  check(wrong == 0, "copy of %d bytes, %dx%dx%d, order %d%d%d, gap %d: %d wrong", (int)bytes, (int)counts[2],
        (int)counts[1], (int)counts[0], order[0], order[1], order[2], (int)gap, wrong);
}

static void test_copy(void) {
  static const int64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 16, 17, 31, 32, 33, 67};
  static const int orders[][3] = {{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}};
  enum { SIZES = sizeof sizes / sizeof *sizes };
  for (int64_t bytes = 1; bytes <= 8; bytes *= 2)
    for (int rows = 0; rows < SIZES; rows++)
      for (int columns = 0; columns < SIZES; columns++)
        for (int order = 0; order < 6; order++) {
          const int64_t counts[] = {sizes[columns], sizes[rows], 1 + random_below(3)};
          copy_case(bytes, counts, orders[order], random_below(2) * 8, (int)random_below(8), random_below(4) == 0);
        }
}
#else
static void test_copy(void) {}
#endif

/* ---- the tiers ---- */

#ifdef KIOKU_TEST_EMULATED
static void choose_tiers(void) {
  tiers[tier_count].name = "avx512e";
  tiers[tier_count++].kernels = &kioku_kernels_avx512;
}
#else
static void choose_tiers(void) {
  for (int32_t isa = 0; kioku_isa_name(isa); isa++)
    if (kioku_isa_usable(isa)) {
      tiers[tier_count].name = kioku_isa_name(isa);
      tiers[tier_count++].kernels = kioku_kernels_of(isa);
    }
}
#endif

int main(int argc, char **argv) {
  /* A prime, so that all exponents and low bits occur; --quick is for valgrind. */
  const uint64_t stride = argc > 1 && strcmp(argv[1], "--all") == 0     ? 1
                          : argc > 1 && strcmp(argv[1], "--quick") == 0 ? 250007
                                                                        : 251;
  choose_tiers();
  for (int o = 0; o < OPERANDS; o++)
    memory[o] = guarded_new(MAX_ROWS * (200 + MAX_COLUMNS));
  test_special_values();
  test_array_ends();
  test_ops();
  test_random_programs();
  test_copy();
  test_all_floats(stride);
  test_softmax();
  test_erf(stride);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
