/* Products of packed matrices, every tier and precision, against sums in double; every buffer guarded. */
#include "check.h"
#include "kernels.h"
#include "product_tier.h"

#define DECLARE(id, name, where, implied) where(extern const struct product_tier product_##name;)
KIOKU_TIERS(DECLARE)
static const struct {
  const char *name;
  const struct product_tier *product;
} tiers[] = {
#define ENTRY(id, name, where, implied) [KIOKU_ISA_##id] = {#name, where(&product_##name)},
    KIOKU_TIERS(ENTRY)};

enum { MAX_ROWS = 40, MAX_COLUMNS = 3100, MAX_VECTORS = 14, MAX_WIDTH = 16, MAX_GAP = 40 };

static struct guarded memory_few, memory_many, memory_a, /* packed weights: few or many words */
    memory_to, memory_bias;
static float plain[MAX_VECTORS * MAX_WIDTH * MAX_COLUMNS]; /* (gates units, columns) */
static float given[MAX_ROWS * MAX_COLUMNS];                /* (rows, columns) */
static double weights[MAX_VECTORS * MAX_WIDTH * MAX_COLUMNS], arguments[MAX_ROWS * MAX_COLUMNS];
static double weight_scales[MAX_VECTORS * MAX_WIDTH], argument_scales[MAX_ROWS];
static float before[MAX_ROWS * MAX_VECTORS * MAX_WIDTH];
static unsigned char touched[MAX_ROWS * MAX_VECTORS * (MAX_WIDTH + MAX_GAP) * 2];

enum odd { NONE, NOT_A_NUMBER, INFINITE, DENORMAL, LARGE, EXTREME, ODDS };

struct shape {
  int64_t gates, units, columns, rows;
  int has_bias, accumulate, at_end;
  float fixed; /* INT8: the scale of the arguments, or 0 */
  enum odd odd;
};

/* ---- reference ---- */

/* To 8 significant bits, as float. */
static double to_bf16(double x) {
  int exponent;
  const double m = frexp(x, &exponent);
  return x == 0 || !isfinite(x) ? x : ldexp(nearbyint(ldexp(m, 8)), exponent - 8);
}

/* What stands for the rows of a matrix: numbers, and for bytes integers and a scale of each row (else 1). Bytes are
 * rounded in float, as everywhere, so that a tie is the same one. most: what the largest becomes */
static void represent(int64_t precision, const float *x, int64_t rows, int64_t columns, float most, float fixed,
                      double *to, double *scales) {
  for (int64_t row = 0; row < rows; row++) {
    const float *from = x + row * columns;
    double *result = to + row * columns;
    float largest = 0;
    int is_finite = 1;
    for (int64_t k = 0; k < columns; k++) {
      largest = fmaxf(largest, fabsf(from[k]));
      is_finite &= isfinite(from[k]) != 0;
    }
    const float tiny = 0x1p-100f;
    const float inverse = fixed > 0 ? 1 / fixed : largest < tiny ? 0 : most / largest;
    scales[row] = precision != KIOKU_INT8 ? 1
                  : !is_finite            ? (double)NAN
                  : fixed > 0             ? (double)fixed
                  : largest < tiny        ? 0
                                          : (double)(largest / most);
    for (int64_t k = 0; k < columns; k++) {
      const float byte = from[k] * inverse + 128.5f;
      result[k] = precision == KIOKU_F32    ? from[k]
                  : precision == KIOKU_BF16 ? to_bf16(from[k])
                  : is_finite               ? floor(fmin(255, fmax(1, (double)byte))) - 128
                                            : 0;
    }
  }
}

/* ---- one case ---- */

static float unpacked[MAX_VECTORS * MAX_WIDTH * MAX_COLUMNS];

/* What is packed is given back as it was represented, and packed again the same; but for bytes of rows that are not
 * finite, which are all NaN. */
static void test_unpack(const char *name, const struct product_tier *t, int64_t precision, struct shape s,
                        const float *packed, int64_t words) {
  const int64_t rows = s.gates * s.units;
  t->unpack(precision, packed, s.gates, s.units, s.columns, unpacked);
  for (int64_t row = 0; row < rows; row++)
    for (int64_t k = row * s.columns; k < (row + 1) * s.columns; k++) {
      const double expected =
          precision == KIOKU_INT8 ? (double)((float)weights[k] * (float)weight_scales[row]) : weights[k];
      const double ulp = precision == KIOKU_BF16 && fabs(expected) < 0x1p-126 ? 0x1p-134 : 0; /* of denormals, half */
      check(isnan(expected) ? isnan(unpacked[k])
                            : expected == (double)unpacked[k] || fabs(expected - (double)unpacked[k]) <= ulp,
            "%s: %ld x %ld: weight %ld is %a, unpacked %a", name, (long)rows, (long)s.columns, (long)k, expected,
            (double)unpacked[k]);
    }
  if (precision == KIOKU_INT8 && (s.odd == NOT_A_NUMBER || s.odd == INFINITE))
    return;
  float *again = malloc((size_t)words * sizeof(float));
  t->pack(precision, unpacked, s.gates, s.units, s.columns, again);
  check(memcmp(again, packed, (size_t)words * sizeof(float)) == 0, "%s: %ld x %ld: packed again it is another", name,
        (long)rows, (long)s.columns);
  free(again);
}

static float random_value(enum odd odd) {
  const float x = random_float(1);
  return odd == EXTREME ? (x < 0 ? -1 : 1) : x;
}

static void put_odd(enum odd odd, float *x, int64_t n) {
  static const float values[ODDS] = {
      [NOT_A_NUMBER] = NAN, [INFINITE] = -INFINITY, [DENORMAL] = 0x1p-140f, [LARGE] = 1e17f};
  if (odd != NONE && odd != EXTREME)
    x[random_below(n)] = values[odd];
}

static void test_product(const char *name, const struct product_tier *t, int64_t precision, struct shape s) {
  const int64_t blocks = (s.units + t->width - 1) / t->width, vectors = blocks * s.gates;
  for (int64_t k = 0; k < s.gates * s.units * s.columns; k++)
    plain[k] = random_value(s.odd);
  for (int64_t k = 0; k < s.rows * s.columns; k++)
    given[k] = random_value(s.odd);
  if (s.odd == EXTREME && s.columns > 1) /* all products of some rows have one sign */
    for (int64_t k = 0; k < s.columns; k++)
      plain[k] = 1, given[k] = random_below(2) ? 1 : -1, given[(s.rows - 1) * s.columns + k] = 1;
  put_odd(s.odd, random_below(2) ? plain : given, s.columns);
  represent(precision, plain, s.gates * s.units, s.columns, (float)t->weights_most, 0, weights, weight_scales);
  represent(precision, given, s.rows, s.columns, 127, s.fixed, arguments, argument_scales);

  const int64_t words = t->packed_words(precision, vectors, s.columns);
  const struct guarded memory_packed = words <= memory_few.count ? memory_few : memory_many;
  float *packed = guarded_take(memory_packed, words, s.at_end);
  t->pack(precision, plain, s.gates, s.units, s.columns, packed);
  check(guarded_damage(memory_packed, packed, 1, words, words) == 0, "%s: packed outside", name);
  test_unpack(name, t, precision, s, packed, words);

  /* Arguments: floats anywhere, here in the opposite order; of fewer bits side by side. */
  const float *a[MAX_ROWS];
  const int64_t row = precision == KIOKU_F32 ? s.columns : t->argument_words(precision, s.columns);
  const int64_t stride = row + random_below(3);
  float *at_a = guarded_take(memory_a, (s.rows - 1) * stride + row, s.at_end);
  for (int64_t i = 0; i < s.rows; i++) {
    float *to = at_a + (precision == KIOKU_F32 ? s.rows - 1 - i : i) * stride;
    if (precision == KIOKU_F32)
      memcpy(to, given + i * s.columns, (size_t)s.columns * sizeof(float));
    else
      t->quantize(precision, given + i * s.columns, s.columns, s.fixed, to);
    a[i] = precision == KIOKU_F32 ? to : to + 1;
  }
  check(guarded_damage(memory_a, at_a, s.rows, row, stride) == 0, "%s: quantised outside", name);

  /* Results: each vector somewhere, in any order; rows a distance apart that is not the same for all. */
  float *to[MAX_VECTORS];
  int64_t at[MAX_ROWS], end = 0;
  for (int64_t i = 0; i < s.rows; i++) {
    at[i] = end;
    end += t->width + random_below(4);
  }
  float *results = guarded_take(memory_to, vectors * end, s.at_end);
  memset(touched, 0, sizeof touched);
  for (int64_t v = 0; v < vectors; v++) {
    to[v] = results + (vectors - 1 - v) * end;
    for (int64_t i = 0; i < s.rows; i++)
      for (int64_t lane = 0; lane < t->width; lane++) {
        float *result = to[v] + at[i] + lane;
        touched[result - results] = 1;
        *result = before[(i * vectors + v) * t->width + lane] = s.accumulate ? random_float(2) : NAN;
      }
  }
  float *bias = NULL;
  if (s.has_bias) {
    bias = guarded_take(memory_bias, vectors * t->width, s.at_end);
    for (int64_t k = 0; k < vectors * t->width; k++)
      bias[k] = random_float(2);
  }
  const int in_order = (int)random_below(2);
  t->product(precision, packed, vectors, s.columns, a, at, s.rows, in_order, to, bias, s.accumulate);
  if (in_order) { /* the last rows alone give the same bits */
    const int64_t last = 1 + random_below(s.rows < 3 ? s.rows : 3), first = s.rows - last;
    static float together[MAX_ROWS * MAX_VECTORS * MAX_WIDTH];
    for (int64_t v = 0; v < vectors; v++)
      for (int64_t i = first; i < s.rows; i++) {
        float *result = to[v] + at[i], *kept = together + (v * s.rows + i) * t->width;
        memcpy(kept, result, (size_t)t->width * sizeof(float));
        memcpy(result, before + (i * vectors + v) * t->width, (size_t)t->width * sizeof(float));
      }
    t->product(precision, packed, vectors, s.columns, a + first, at + first, last, 1, to, bias, s.accumulate);
    int64_t others = 0;
    for (int64_t v = 0; v < vectors; v++)
      for (int64_t i = first; i < s.rows; i++)
        others += memcmp(to[v] + at[i], together + (v * s.rows + i) * t->width, (size_t)t->width * sizeof(float)) != 0;
    check(others == 0, "%s precision %d, %d of %d rows: %d results depend on the other rows", name, (int)precision,
          (int)last, (int)s.rows, (int)others);
  }

  int64_t wrong = 0, outside = 0;
  double worst = 0;
  for (int64_t v = 0; v < vectors; v++)
    for (int64_t lane = 0; lane < t->width; lane++) {
      const int64_t unit = v / s.gates * t->width + lane, j = v % s.gates * s.units + unit;
      for (int64_t i = 0; unit < s.units && i < s.rows; i++) {
        double sum = 0, size = 0;
        for (int64_t k = 0; k < s.columns; k++) {
          const double product = weights[j * s.columns + k] * arguments[i * s.columns + k];
          sum += product;
          size += fabs(product);
        }
        const double scale = argument_scales[i] * weight_scales[j];
        const double start = bias           ? (double)bias[v * t->width + lane]
                             : s.accumulate ? (double)before[(i * vectors + v) * t->width + lane]
                                            : 0;
        const double want = start + sum * scale, got = to[v][at[i] + lane];
        /* Integers are exact: three roundings are left. Sums of floats are rounded once a product at most. */
        const double error = precision == KIOKU_INT8 ? 0x1p-22 * (fabs(start) + fabs(sum * scale)) + 0x1p-149
                                                     : 0x1p-23 * (fabs(start) + size) * 4 + 0x1p-120;
        const int is_right = isnan(want) ? isnan(got) : isinf(want) ? got == want : fabs(got - want) <= error;
        wrong += !is_right;
        if (!is_right && fabs(got - want) > worst)
          worst = fabs(got - want);
      }
    }
  for (int64_t k = 0; k < memory_to.count; k++) {
    const int64_t place = memory_to.floats + k - results;
    outside += !(place >= 0 && place < vectors * end && touched[place]) && bits_of(memory_to.floats[k]) != CANARY;
  }
  check(wrong == 0 && outside == 0,
        "%s precision %d, %d gates of %d x %d, %d rows%s%s%s, odd %d: %d wrong, by up to %g; %d outside", name,
        (int)precision, (int)s.gates, (int)s.units, (int)s.columns, (int)s.rows, s.has_bias ? ", bias" : "",
        s.accumulate ? ", accumulate" : "", s.fixed > 0 ? ", fixed scale" : "", (int)s.odd, (int)wrong, worst,
        (int)outside);
}

static void test_tier(const char *name, const struct product_tier *t) {
  for (int64_t precision = KIOKU_F32; precision <= KIOKU_INT8; precision++) {
    /* Every number of rows, with every way to begin and every odd value in turn. */
    for (int64_t rows = 1; rows <= MAX_ROWS; rows++)
      for (int turn = 0; turn < 6; turn++) {
        const int64_t gates = 1 + random_below(4), most = MAX_VECTORS / gates;
        test_product(name, t, precision,
                     (struct shape){.gates = gates,
                                    .units = 1 + random_below(t->width * most),
                                    .columns = 1 + random_below(turn == 0 ? 9 : 130),
                                    .rows = rows,
                                    .has_bias = turn % 3 == 1,
                                    .accumulate = turn % 3 == 2 || turn == 4,
                                    .at_end = turn % 2,
                                    .fixed = turn == 3 ? 0.005f : 0,
                                    .odd = (enum odd)((rows + turn) % ODDS)});
      }
    /* Every number of columns: the ends of words, of steps, and of tiles. */
    for (int64_t columns = 1; columns <= 70; columns++)
      test_product(name, t, precision,
                   (struct shape){.gates = 1,
                                  .units = 1 + random_below(t->width * MAX_VECTORS),
                                  .columns = columns,
                                  .rows = 1 + columns % 9,
                                  .at_end = (int)(columns % 2),
                                  .odd = (enum odd)(columns % ODDS)});
    /* More words than the first-level cache holds of a panel: several chunks. */
    for (int turn = 0; turn < 6; turn++)
      test_product(name, t, precision,
                   (struct shape){.gates = 1,
                                  .units = t->width * (t->panel + 1),
                                  .columns = MAX_COLUMNS - turn,
                                  .rows = 1 + 4 * turn,
                                  .has_bias = turn % 3 == 1,
                                  .accumulate = turn % 3 == 2,
                                  .at_end = 1,
                                  .odd = turn % 2 ? EXTREME : NONE});
  }
}

int main(void) {
  memory_few = guarded_new(MAX_VECTORS * MAX_WIDTH * 140);
  memory_many = guarded_new(MAX_VECTORS * MAX_WIDTH * (MAX_COLUMNS + 4));
  memory_a = guarded_new(MAX_ROWS * (MAX_COLUMNS + 4));
  memory_to = guarded_new(MAX_ROWS * MAX_VECTORS * (MAX_WIDTH + 4));
  memory_bias = guarded_new(MAX_VECTORS * MAX_WIDTH);
  for (int32_t isa = 0; kioku_isa_name(isa); isa++)
    if (kioku_isa_usable(isa))
      test_tier(tiers[isa].name, tiers[isa].product);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
