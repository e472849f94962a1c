/* kioku_reduce, kioku_normalize_f32 and kioku_pool_f32 with random sizes and windows, at every usable tier, against
 * naive loops in double; every buffer guarded, the same bits on any number of threads. */
#include "check.h"
#include "kernels.h"

enum { MAX_FLOATS = 60000, TRIALS = 400 };

static struct guarded memory_x, memory_y, memory_scale, memory_bias;
static float alone[MAX_FLOATS];

struct call {
  const struct kioku_kernels *kernels;
  const kioku_normalization *normalization; /* NULL: the pool */
  const kioku_pool *pool;
};

static void share(const void *argument, const struct member *me) {
  const struct call *call = argument;
  if (call->normalization)
    call->kernels->normalize(call->normalization, me);
  else
    call->kernels->pool(call->pool, me);
}

static int64_t between(int64_t least, int64_t most) {
  return least + (int64_t)random_below((uint32_t)(most - least + 1));
}

static float *random_floats(struct guarded memory, int64_t count) {
  float *floats = guarded_take(memory, count, (int)random_below(2));
  for (int64_t k = 0; k < count; k++)
    floats[k] = random_float(2);
  return floats;
}

static int is_off(double got, double wanted, double tolerance) {
  if (isnan(wanted) || isinf(wanted))
    return !(isnan(wanted) ? isnan(got) : got == wanted);
  return !(fabs(got - wanted) <= tolerance * (1 + fabs(wanted)));
}

/* ---- reductions ---- */

static double number_at(int64_t type, const void *x, int64_t at) {
#define CASE(name, c)                                                                                                  \
  case KIOKU_TYPE_##name:                                                                                              \
    return (double)((const c *)x)[at];
  switch (type) {
    CASE(F32, float)
    CASE(F64, double)
    CASE(S8, int8_t)
    CASE(U8, uint8_t)
    CASE(BOOL, uint8_t)
    CASE(S16, int16_t)
    CASE(U16, uint16_t)
    CASE(S32, int32_t)
    CASE(U32, uint32_t)
    CASE(S64, int64_t)
    CASE(U64, uint64_t)
  }
#undef CASE
  return NAN;
}

static int is_real(int64_t type) { return type == KIOKU_TYPE_F32 || type == KIOKU_TYPE_F64; }

/* Random elements of a type, flush against the guard; of few different values, so that some are equal. */
static void *random_elements(struct guarded memory, int64_t type, int64_t count) {
  const int64_t bytes = kioku_type_bytes(type), floats = (count * bytes + 3) / 4;
  char *x = (char *)(guarded_take(memory, floats, 1) + floats) - count * bytes;
  for (int64_t k = 0; k < count; k++) {
    const float narrow = (float)random_below(20) / 4 - (type == KIOKU_TYPE_F32 ? 2 : 0);
    const double real = (double)narrow;
    const int is_extreme = random_below(40) == 0;
    const int64_t whole = is_extreme                ? (random_below(2) ? -1 : INT64_MIN >> (64 - 8 * bytes))
                          : type == KIOKU_TYPE_BOOL ? 0
                                                    : (int64_t)random_below(9);
    const int64_t truth = random_below(2);
    memcpy(x + k * bytes,
           type == KIOKU_TYPE_F32    ? (const void *)&narrow
           : type == KIOKU_TYPE_F64  ? (const void *)&real
           : type == KIOKU_TYPE_BOOL ? (const void *)&truth
                                     : &whole,
           (size_t)bytes);
  }
  return x;
}

static double reduced(const kioku_reduction *r, int64_t first) {
  double sum = r->kind == KIOKU_REDUCE_PRODUCT                                      ? 1
               : r->kind == KIOKU_REDUCE_MAX || r->kind == KIOKU_REDUCE_LOG_SUM_EXP ? -(double)INFINITY
               : r->kind == KIOKU_REDUCE_MIN                                        ? (double)INFINITY
                                                                                    : 0;
  double exponentials = 0;
  for (int64_t k = 0; k < r->count; k++) {
    const double x = number_at(r->from, r->x, first + k * r->inner);
    switch (r->kind) {
    case KIOKU_REDUCE_SUM:
      sum += x;
      break;
    case KIOKU_REDUCE_SUM_ABS:
      sum += fabs(x);
      break;
    case KIOKU_REDUCE_SUM_SQUARES:
      sum += x * x;
      break;
    case KIOKU_REDUCE_PRODUCT:
      sum *= x;
      break;
    case KIOKU_REDUCE_MIN:
      sum = isnan(sum) || sum < x ? sum : x;
      break;
    default:
      sum = isnan(sum) || sum > x ? sum : x;
    }
  }
  if (r->kind == KIOKU_REDUCE_LOG_SUM_EXP) {
    const double shift = isinf(sum) ? 0 : sum;
    for (int64_t k = 0; k < r->count; k++)
      exponentials += exp(number_at(r->from, r->x, first + k * r->inner) - shift);
    return shift + log(exponentials);
  }
  return r->finish == KIOKU_FINISH_DIVIDE ? sum / (double)r->total
         : r->finish == KIOKU_FINISH_ROOT ? sqrt(sum)
         : r->finish == KIOKU_FINISH_LOG  ? log(sum)
                                          : sum;
}

static void reduction_trial(int32_t tier) {
  static const float odd[] = {NAN, INFINITY, -INFINITY, 0x1p-149f, -0.0f};
  kioku_reduction r = {.from = KIOKU_TYPE_F32,
                       .to = KIOKU_TYPE_F32,
                       .kind = between(0, KIOKU_REDUCE_LOG_SUM_EXP),
                       .outer = between(1, 4),
                       .inner = 1};
  if (r.kind <= KIOKU_REDUCE_SUM_SQUARES)
    r.finish = between(0, KIOKU_FINISH_LOG);
  if (random_below(2))
    r.inner = random_below(10) ? between(2, 70) : between(500, 1100);
  const int64_t most = MAX_FLOATS / 4 / r.inner;
  r.count = random_below(10) ? between(0, most < 200 ? most : 200) : between(0, most);
  if (r.kind == KIOKU_REDUCE_PRODUCT)
    r.count = r.count % 30; /* of more it depends on the order whether they become 0 or infinite */
  r.total = r.count + between(0, 2);
  float *x = random_floats(memory_x, r.outer * r.count * r.inner);
  for (int64_t k = between(0, 3); r.count > 0 && k > 2; k--)
    x[random_below((uint32_t)(r.outer * r.count * r.inner))] = odd[random_below(5)];
  r.x = x;
  r.y = guarded_take(memory_y, r.outer * r.inner, (int)random_below(2));
  kioku_kernels_of(tier)->reduce(&r);
  int wrong = 0;
  for (int64_t k = 0; k < r.outer * r.inner; k++)
    wrong += is_off((double)((float *)r.y)[k],
                    (double)(float)reduced(&r, k / r.inner * r.count * r.inner + k % r.inner), 1e-5);
  check(wrong == 0, "%s reduction %d, %d of (%d, %d, %d): %d wrong", kioku_isa_name(tier), (int)r.kind, (int)r.finish,
        (int)r.outer, (int)r.count, (int)r.inner, wrong);
  check(guarded_damage(memory_y, r.y, 1, r.outer * r.inner, r.outer * r.inner) == 0, "%s reduction wrote beside y",
        kioku_isa_name(tier));
}

/* Of any type, into any that is allowed. */
static void typed_reduction_trial(int32_t tier) {
  kioku_reduction r = {.from = between(0, KIOKU_TYPE_BOOL), .outer = between(1, 4), .inner = 1};
  const int64_t from_reals = is_real(r.from);
  r.kind = r.from == KIOKU_TYPE_BOOL ? between(KIOKU_REDUCE_MAX, KIOKU_REDUCE_MIN)
                                     : between(0, from_reals ? KIOKU_REDUCE_LOG_SUM_EXP : KIOKU_REDUCE_MIN);
  const int keeps = r.kind == KIOKU_REDUCE_MAX || r.kind == KIOKU_REDUCE_MIN;
  const int64_t wide = from_reals ? KIOKU_TYPE_F64 : r.from == KIOKU_TYPE_U64 ? KIOKU_TYPE_U64 : KIOKU_TYPE_S64;
  r.to = keeps || random_below(2) ? r.from : wide;
  if (r.kind <= KIOKU_REDUCE_SUM_SQUARES)
    r.finish = between(0, from_reals ? KIOKU_FINISH_LOG : KIOKU_FINISH_DIVIDE);
  if (random_below(2))
    r.inner = random_below(10) ? between(2, 40) : between(500, 1100);
  r.count = random_below(10) ? between(0, 50) : between(400, 1200);
  while (r.count * r.outer * r.inner * 2 > MAX_FLOATS)
    r.count /= 2;
  if (r.kind == KIOKU_REDUCE_PRODUCT)
    r.count = r.count % 5;
  r.total = r.count + between(1, 2);
  r.x = random_elements(memory_x, r.from, r.outer * r.count * r.inner);
  const int64_t results = r.outer * r.inner, bytes = kioku_type_bytes(r.to), floats = (results * bytes + 3) / 4;
  float *taken = guarded_take(memory_y, floats, 1);
  r.y = (char *)(taken + floats) - results * bytes;
  kioku_kernels_of(tier)->reduce(&r);
  int wrong = 0;
  for (int64_t k = 0; k < results; k++) {
    const int64_t first = k / r.inner * r.count * r.inner + k % r.inner;
    const double got = number_at(r.to, r.y, k);
    if (from_reals) {
      wrong += is_off(got, r.to == KIOKU_TYPE_F32 ? (double)(float)reduced(&r, first) : reduced(&r, first), 1e-6);
      continue;
    }
    /* integers, as int64 that wrap */
    const int is_unsigned = r.from == KIOKU_TYPE_U8 || r.from == KIOKU_TYPE_U16 || r.from == KIOKU_TYPE_U32 ||
                            r.from == KIOKU_TYPE_U64 || r.from == KIOKU_TYPE_BOOL;
    const int bits = 8 * (int)kioku_type_bytes(r.from);
    uint64_t folded = r.kind == KIOKU_REDUCE_PRODUCT;
    const uint64_t least = is_unsigned ? 0 : (uint64_t)(INT64_MIN >> (64 - bits));
    const uint64_t most = r.from == KIOKU_TYPE_BOOL ? 1 : (is_unsigned ? UINT64_MAX : INT64_MAX) >> (64 - bits);
    if (keeps)
      folded = r.kind == KIOKU_REDUCE_MAX ? least : most;
    for (int64_t n = 0; n < r.count; n++) {
      uint64_t x = 0;
      memcpy(&x, (const char *)r.x + (first + n * r.inner) * (bits / 8), (size_t)bits / 8);
      if (!is_unsigned)
        x = (uint64_t)((int64_t)(x << (64 - bits)) >> (64 - bits));
      const int is_less = is_unsigned ? x < folded : (int64_t)x < (int64_t)folded;
      folded = r.kind == KIOKU_REDUCE_SUM           ? folded + x
               : r.kind == KIOKU_REDUCE_SUM_ABS     ? folded + (!is_unsigned && (int64_t)x < 0 ? 0 - x : x)
               : r.kind == KIOKU_REDUCE_SUM_SQUARES ? folded + x * x
               : r.kind == KIOKU_REDUCE_PRODUCT     ? folded * x
               : r.kind == KIOKU_REDUCE_MAX         ? (is_less ? folded : x)
                                                    : (is_less ? x : folded);
    }
    if (r.finish == KIOKU_FINISH_DIVIDE)
      folded = r.from == KIOKU_TYPE_U64 ? folded / (uint64_t)r.total : (uint64_t)((int64_t)folded / r.total);
    wrong += memcmp(&folded, (const char *)r.y + k * bytes, (size_t)bytes) != 0;
  }
  check(wrong == 0, "%s reduction %d, %d of (%d, %d, %d) of type %d to %d: %d wrong", kioku_isa_name(tier), (int)r.kind,
        (int)r.finish, (int)r.outer, (int)r.count, (int)r.inner, (int)r.from, (int)r.to, wrong);
  check(guarded_damage(memory_y, taken, 1, floats, floats) == 0, "%s reduction wrote beside y", kioku_isa_name(tier));
}

/* ---- order ---- */

/* A NaN is greater than all. */
static int is_less(int64_t type, const void *x, int64_t a, int64_t b) {
  if (is_real(type)) {
    const double p = number_at(type, x, a), q = number_at(type, x, b);
    return isnan(q) ? !isnan(p) : p < q;
  }
  if (type == KIOKU_TYPE_U64)
    return ((const uint64_t *)x)[a] < ((const uint64_t *)x)[b];
  return type == KIOKU_TYPE_S64 ? ((const int64_t *)x)[a] < ((const int64_t *)x)[b]
                                : number_at(type, x, a) < number_at(type, x, b);
}

static void set_nan(int64_t type, void *x, int64_t at) {
  if (type == KIOKU_TYPE_F32)
    ((float *)x)[at] = NAN;
  else if (type == KIOKU_TYPE_F64)
    ((double *)x)[at] = (double)NAN;
}

/* The first k of a sorted axis; the first one is also the extreme. */
static void order_trial(int32_t tier) {
  kioku_top t = {.type = between(0, KIOKU_TYPE_U64), .outer = between(1, 3), .inner = 1};
  t.is_least = random_below(2);
  if (random_below(2))
    t.inner = random_below(10) ? between(2, 20) : between(500, 700);
  t.count = t.inner < 30 && random_below(3) == 0 ? between(100, 900) : between(1, 40);
  t.k = random_below(3) ? between(1, t.count < 5 ? t.count : 5) : between(1, t.count);
  const int64_t all = t.outer * t.count * t.inner, bytes = kioku_type_bytes(t.type);
  if (2 * all > MAX_FLOATS)
    return;
  void *x = random_elements(memory_x, t.type, all);
  if (random_below(3) == 0)
    for (int n = 0; n < 3; n++)
      set_nan(t.type, x, random_below((uint32_t)all));
  t.x = x;
  const int64_t results = t.outer * t.k * t.inner, floats = (results * bytes + 3) / 4;
  float *taken = guarded_take(memory_y, floats, 1);
  t.values = (char *)(taken + floats) - results * bytes;
  static int64_t indices[MAX_FLOATS / 2];
  static kioku_ranked work[MAX_FLOATS / 2];
  t.indices = indices;
  t.work = work;
  kioku_kernels_of(tier)->top(&t);
  int wrong = 0;
  for (int64_t row = 0; row < t.outer; row++)
    for (int64_t column = 0; column < t.inner; column++) {
      static char taken_already[1024];
      memset(taken_already, 0, sizeof taken_already);
      const int64_t first = row * t.count * t.inner + column;
      for (int64_t k = 0; k < t.k; k++) {
        int64_t best = -1;
        for (int64_t n = 0; n < t.count; n++) {
          const int64_t a = first + best * t.inner, b = first + n * t.inner;
          if (!taken_already[n] && (best < 0 || (t.is_least ? is_less(t.type, x, b, a) : is_less(t.type, x, a, b))))
            best = n;
        }
        taken_already[best] = 1;
        const int64_t at = (row * t.k + k) * t.inner + column;
        wrong += indices[at] != best || memcmp((char *)t.values + at * bytes,
                                               (char *)x + (first + best * t.inner) * bytes, (size_t)bytes) != 0;
      }
    }
  check(wrong == 0, "%s first %d of (%d, %d, %d) of type %d: %d wrong", kioku_isa_name(tier), (int)t.k, (int)t.outer,
        (int)t.count, (int)t.inner, (int)t.type, wrong);
  check(guarded_damage(memory_y, taken, 1, floats, floats) == 0, "%s top wrote beside y", kioku_isa_name(tier));

  kioku_extreme e = {.type = t.type, .is_least = t.is_least, .is_last = random_below(2)};
  e.outer = t.outer, e.count = t.count, e.inner = t.inner, e.x = x;
  e.y = (int64_t *)(void *)guarded_take(memory_y, 2 * e.outer * e.inner, 0);
  kioku_kernels_of(tier)->extreme(&e);
  wrong = 0;
  for (int64_t k = 0; k < e.outer * e.inner; k++) {
    const int64_t first = k / e.inner * e.count * e.inner + k % e.inner;
    int64_t best = 0;
    for (int64_t n = 1; n < e.count; n++) {
      const int64_t a = first + best * e.inner, b = first + n * e.inner;
      const int a_nan = is_real(e.type) && isnan(number_at(e.type, x, a));
      const int b_nan = is_real(e.type) && isnan(number_at(e.type, x, b));
      const int is_better =
          a_nan || b_nan ? b_nan && !a_nan : is_less(e.type, x, e.is_least ? b : a, e.is_least ? a : b);
      const int is_same = a_nan || b_nan ? a_nan && b_nan : !is_less(e.type, x, a, b) && !is_less(e.type, x, b, a);
      best = is_better || (is_same && e.is_last) ? n : best;
    }
    wrong += e.y[k] != best;
  }
  check(wrong == 0, "%s extreme of (%d, %d, %d) of type %d, least %d, last %d: %d wrong", kioku_isa_name(tier),
        (int)e.outer, (int)e.count, (int)e.inner, (int)e.type, (int)e.is_least, (int)e.is_last, wrong);
  check(guarded_damage(memory_y, (float *)(void *)e.y, 1, 2 * e.outer * e.inner, 2 * e.outer * e.inner) == 0,
        "%s extreme wrote beside y", kioku_isa_name(tier));
}

static void running_trial(int32_t tier) {
  kioku_running r = {.type = between(0, KIOKU_TYPE_U64), .outer = between(1, 3), .inner = 1};
  r.is_exclusive = random_below(2), r.is_reverse = random_below(2);
  if (random_below(2))
    r.inner = random_below(10) ? between(2, 20) : between(500, 700);
  r.count = r.inner == 1 ? between(1, 1500) : between(1, 20);
  const int64_t all = r.outer * r.count * r.inner, bytes = kioku_type_bytes(r.type), floats = (all * bytes + 3) / 4;
  if (2 * all > MAX_FLOATS)
    return;
  r.x = random_elements(memory_x, r.type, all);
  float *taken = guarded_take(memory_y, floats, 1);
  r.y = (char *)(taken + floats) - all * bytes;
  kioku_kernels_of(tier)->running_sum(&r);
  int wrong = 0;
  for (int64_t row = 0; row < r.outer; row++)
    for (int64_t column = 0; column < r.inner; column++) {
      double real = 0;
      uint64_t integer = 0;
      for (int64_t k = 0; k < r.count; k++) {
        const int64_t at = (row * r.count + (r.is_reverse ? r.count - 1 - k : k)) * r.inner + column;
        uint64_t x = 0; /* its upper bits do not matter */
        memcpy(&x, (const char *)r.x + at * bytes, (size_t)bytes);
        const double next = real + number_at(r.type, r.x, at), wanted = r.is_exclusive ? real : next;
        const uint64_t bits = r.is_exclusive ? integer : integer + x;
        if (is_real(r.type))
          wrong += is_off(number_at(r.type, r.y, at), wanted, 1e-7);
        else
          wrong += memcmp((const char *)r.y + at * bytes, &bits, (size_t)bytes) != 0;
        real = next;
        integer += x;
      }
    }
  check(wrong == 0, "%s running sum of (%d, %d, %d) of type %d: %d wrong", kioku_isa_name(tier), (int)r.outer,
        (int)r.count, (int)r.inner, (int)r.type, wrong);
  check(guarded_damage(memory_y, taken, 1, floats, floats) == 0, "%s running sum wrote beside y", kioku_isa_name(tier));
}

/* A million terms lose nothing. */
static void test_long_sum(int32_t tier) {
  enum { MANY = 1 << 20 };
  static float x[MANY];
  float y = 0;
  for (int k = 0; k < MANY; k++)
    x[k] = 0.1f;
  const kioku_reduction r = {.from = KIOKU_TYPE_F32,
                             .to = KIOKU_TYPE_F32,
                             .kind = KIOKU_REDUCE_SUM,
                             .outer = 1,
                             .count = MANY,
                             .inner = 1,
                             .x = x,
                             .y = &y};
  kioku_kernels_of(tier)->reduce(&r);
  check(y == (float)(MANY * (double)0.1f), "%s: a long sum is %a", kioku_isa_name(tier), (double)y);
}

/* ---- normalisations ---- */

/* By sums of absolute values or squares, also of numbers whose reciprocals overflow. */
static void norm_trial(int32_t tier) {
  kioku_normalization n = {.kind = between(KIOKU_NORMALIZE_L1, KIOKU_NORMALIZE_L2), .rows = between(1, 9)};
  n.columns = between(1, 200), n.run = 1, n.scales = n.columns, n.threads = 1;
  float *x = random_floats(memory_x, n.rows * n.columns);
  const float factor = random_below(3) ? 1 : random_below(2) ? 0x1p-147f : 0;
  for (int64_t k = 0; k < n.rows * n.columns; k++)
    x[k] *= factor;
  n.x = x;
  n.y = guarded_take(memory_y, n.rows * n.columns, (int)random_below(2));
  const struct call call = {.kernels = kioku_kernels_of(tier), .normalization = &n};
  team_share(NULL, 1, share, &call);
  int wrong = 0;
  for (int64_t row = 0; row < n.rows; row++) {
    double sum = 0;
    for (int64_t k = row * n.columns; k < (row + 1) * n.columns; k++)
      sum += n.kind == KIOKU_NORMALIZE_L1 ? fabs((double)x[k]) : (double)x[k] * (double)x[k];
    const double norm = n.kind == KIOKU_NORMALIZE_L1 ? sum : sqrt(sum);
    for (int64_t k = row * n.columns; k < (row + 1) * n.columns; k++)
      wrong += is_off((double)n.y[k], norm == 0 ? 0 : (double)x[k] / norm, 1e-7);
  }
  check(wrong == 0, "%s norm %d of (%d, %d): %d wrong", kioku_isa_name(tier), (int)n.kind, (int)n.rows, (int)n.columns,
        wrong);
  check(guarded_damage(memory_y, n.y, 1, n.rows * n.columns, n.rows * n.columns) == 0, "%s norm wrote beside y",
        kioku_isa_name(tier));
}

static void normalization_trial(int32_t tier, kioku_team *team, int threads) {
  kioku_normalization n = {.kind = between(0, 2), .rows = between(1, 9), .epsilon = 1e-5, .threads = 1};
  n.run = random_below(2) ? 1 : between(1, 50);
  n.columns = n.run * between(1, 60);
  n.scales = n.run == 1 && random_below(4) ? n.columns : between(1, 7);
  n.floor = random_below(2) ? 0 : 1e-3;
  n.x = random_floats(memory_x, n.rows * n.columns);
  n.scale = random_below(4) ? random_floats(memory_scale, n.scales) : NULL;
  n.bias = random_below(4) ? random_floats(memory_bias, n.scales) : NULL;
  n.y = guarded_take(memory_y, n.rows * n.columns, (int)random_below(2));
  float mean[16], inverse[16];
  if (random_below(2))
    n.mean = mean, n.inverse = inverse;
  struct call call = {.kernels = kioku_kernels_of(tier), .normalization = &n};
  team_share(NULL, 1, share, &call);
  int wrong = 0;
  for (int64_t row = 0; row < n.rows; row++) {
    const float *x = n.x + row * n.columns;
    double centre = 0, squares = 0;
    for (int64_t k = 0; k < n.columns && n.kind == KIOKU_NORMALIZE_CENTRED; k++)
      centre += (double)x[k] / (double)n.columns;
    for (int64_t k = 0; k < n.columns; k++)
      squares += ((double)x[k] - centre) * ((double)x[k] - centre) / (double)n.columns;
    const double by = n.kind == KIOKU_NORMALIZE_NOTHING ? 1 : 1 / (sqrt(squares + n.epsilon) + n.floor);
    for (int64_t k = 0; k < n.columns; k++) {
      const int64_t own = (row * n.columns + k) / n.run % n.scales;
      const double wanted =
          ((double)x[k] - centre) * by * (n.scale ? (double)n.scale[own] : 1) + (n.bias ? (double)n.bias[own] : 0);
      wrong += is_off((double)n.y[row * n.columns + k], wanted, 3e-6 * (1 + by));
    }
    if (n.mean)
      wrong += is_off((double)mean[row], centre, 1e-6) + is_off((double)inverse[row], by, 1e-5);
  }
  check(wrong == 0, "%s normalisation %d of (%d, %d), runs of %d: %d wrong", kioku_isa_name(tier), (int)n.kind,
        (int)n.rows, (int)n.columns, (int)n.run, wrong);
  check(guarded_damage(memory_y, n.y, 1, n.rows * n.columns, n.rows * n.columns) == 0,
        "%s normalisation wrote beside y", kioku_isa_name(tier));
  const size_t bytes = (size_t)(n.rows * n.columns) * sizeof(float);
  memcpy(alone, n.y, bytes);
  memset(n.y, 0, bytes);
  n.threads = threads;
  team_share(team, threads, share, &call);
  check(memcmp(alone, n.y, bytes) == 0, "%s normalisation: other bits with threads", kioku_isa_name(tier));
}

/* A small variance beside a large mean loses nothing. */
static void test_large_mean(int32_t tier) {
  enum { MANY = 1000 };
  static float x[MANY], y[MANY];
  double mean = 0, squares = 0;
  for (int k = 0; k < MANY; k++)
    x[k] = 1000 + random_float(0.01f), mean += (double)x[k] / MANY;
  for (int k = 0; k < MANY; k++)
    squares += ((double)x[k] - mean) * ((double)x[k] - mean) / MANY;
  const kioku_normalization n = {.kind = KIOKU_NORMALIZE_CENTRED,
                                 .rows = 1,
                                 .columns = MANY,
                                 .run = 1,
                                 .scales = MANY,
                                 .x = x,
                                 .y = y,
                                 .threads = 1,
                                 .epsilon = 1e-12};
  const struct call call = {.kernels = kioku_kernels_of(tier), .normalization = &n};
  team_share(NULL, 1, share, &call);
  int wrong = 0;
  for (int k = 0; k < MANY; k++)
    wrong += is_off((double)y[k], ((double)x[k] - mean) / sqrt(squares + n.epsilon), 1e-6);
  check(wrong == 0, "%s: %d numbers beside a large mean are off", kioku_isa_name(tier), wrong);
}

/* ---- pools ---- */

static void pool_expected(const kioku_pool *p, int64_t plane, int64_t oz, int64_t oy, int64_t ox, double *wanted,
                          int64_t *index) {
  const int64_t o[] = {oz, oy, ox};
  double sum = 0, max = -(double)INFINITY, count = 1;
  int64_t lie = 1;
  *index = -1;
  for (int axis = 0; axis < 3; axis++) {
    int64_t inside = 0, padded = 0;
    for (int64_t k = 0; k < p->kernel[axis]; k++) {
      const int64_t at = o[axis] * p->strides[axis] - p->begin[axis] + k * p->dilations[axis];
      inside += at >= 0 && at < p->in[axis];
      padded += at < p->in[axis] + p->end[axis];
    }
    count *= (double)(p->kind == KIOKU_POOL_MEAN_PADDED ? padded : inside);
    lie *= inside;
  }
  for (int64_t kz = 0; lie > 0 && kz < p->kernel[0]; kz++)
    for (int64_t ky = 0; ky < p->kernel[1]; ky++)
      for (int64_t kx = 0; kx < p->kernel[2]; kx++) {
        const int64_t z = oz * p->strides[0] - p->begin[0] + kz * p->dilations[0];
        const int64_t y = oy * p->strides[1] - p->begin[1] + ky * p->dilations[1];
        const int64_t x = ox * p->strides[2] - p->begin[2] + kx * p->dilations[2];
        if (z < 0 || z >= p->in[0] || y < 0 || y >= p->in[1] || x < 0 || x >= p->in[2])
          continue;
        const int64_t first = plane * p->in[0] * p->in[1] * p->in[2];
        const double value = (double)p->x[first + (z * p->in[1] + y) * p->in[2] + x];
        sum += value;
        if (!isnan(max) && (*index < 0 || value > max || isnan(value))) {
          max = value;
          *index = first + (p->is_column_major ? (x * p->in[1] + y) * p->in[0] + z : (z * p->in[1] + y) * p->in[2] + x);
        }
      }
  *wanted = p->kind == KIOKU_POOL_MAX ? max : sum / count;
}

static void pool_trial(int32_t tier, kioku_team *team, int threads) {
  kioku_pool p = {.kind = between(0, 2), .planes = between(1, 4), .threads = 1};
  const int is_wide = random_below(8) == 0;
  for (int axis = 0; axis < 3; axis++) {
    const int64_t most = axis == 2 ? is_wide ? 3000 : 120 : axis == 1 ? 12 : 3;
    p.in[axis] = is_wide && axis < 2 ? 1 : between(1, most);
    p.kernel[axis] = axis < 2 && is_wide ? 1 : between(1, random_below(6) || axis < 2 ? 5 : 90);
    p.strides[axis] = between(1, random_below(5) ? 4 : 12);
    p.dilations[axis] = random_below(3) ? 1 : between(1, 4);
    const int64_t extent = (p.kernel[axis] - 1) * p.dilations[axis] + 1;
    p.begin[axis] = random_below(2) ? 0 : between(0, extent - 1);
    p.end[axis] = random_below(2) ? 0 : between(0, extent - 1);
    const int64_t reach = p.in[axis] + p.begin[axis] + p.end[axis] - extent;
    if (reach < 0)
      return;
    p.out[axis] = reach / p.strides[axis] + 1 + (random_below(4) == 0); /* ceil_mode: one more */
    if ((p.out[axis] - 1) * p.strides[axis] >= p.in[axis] + p.begin[axis])
      p.out[axis]--;
  }
  const int64_t in = p.planes * p.in[0] * p.in[1] * p.in[2], out = p.planes * p.out[0] * p.out[1] * p.out[2];
  if (in > MAX_FLOATS || out > MAX_FLOATS || out <= 0)
    return;
  float *x = random_floats(memory_x, in);
  if (random_below(4) == 0)
    x[random_below((uint32_t)in)] = random_below(2) ? NAN : -INFINITY;
  p.x = x;
  p.y = guarded_take(memory_y, out, (int)random_below(2));
  static int64_t indices[MAX_FLOATS];
  p.indices = p.kind == KIOKU_POOL_MAX && random_below(2) ? indices : NULL;
  p.is_column_major = (int64_t)random_below(2);
  struct call call = {.kernels = kioku_kernels_of(tier), .pool = &p};
  team_share(NULL, 1, share, &call);
  int wrong = 0;
  for (int64_t k = 0; k < out; k++) {
    const int64_t ox = k % p.out[2], oy = k / p.out[2] % p.out[1], oz = k / p.out[2] / p.out[1] % p.out[0];
    double wanted;
    int64_t index;
    pool_expected(&p, k / p.out[2] / p.out[1] / p.out[0], oz, oy, ox, &wanted, &index);
    wrong += is_off((double)p.y[k], wanted, p.kind == KIOKU_POOL_MAX ? 0 : 1e-5);
    wrong += p.indices && indices[k] != index;
  }
  check(wrong == 0, "%s pool %d of %d (%d, %d, %d), strides %d %d %d: %d wrong", kioku_isa_name(tier), (int)p.kind,
        (int)p.planes, (int)p.in[0], (int)p.in[1], (int)p.in[2], (int)p.strides[0], (int)p.strides[1],
        (int)p.strides[2], wrong);
  check(guarded_damage(memory_y, p.y, 1, out, out) == 0, "%s pool wrote beside y", kioku_isa_name(tier));
  memcpy(alone, p.y, (size_t)out * sizeof *alone);
  memset(p.y, 0, (size_t)out * sizeof *p.y);
  p.threads = threads;
  team_share(team, threads, share, &call);
  check(memcmp(alone, p.y, (size_t)out * sizeof *alone) == 0, "%s pool: other bits with threads", kioku_isa_name(tier));
}

int main(void) {
  memory_x = guarded_new(MAX_FLOATS);
  memory_y = guarded_new(MAX_FLOATS);
  memory_scale = guarded_new(MAX_FLOATS);
  memory_bias = guarded_new(MAX_FLOATS);
  kioku_team *team = kioku_team_new(3);
  for (int32_t tier = 0; kioku_isa_name(tier); tier++) {
    if (!kioku_isa_usable(tier))
      continue;
    test_long_sum(tier);
    test_large_mean(tier);
    for (int trial = 0; trial < TRIALS; trial++) {
      reduction_trial(tier);
      typed_reduction_trial(tier);
      order_trial(tier);
      running_trial(tier);
      norm_trial(tier);
      normalization_trial(tier, team, 3);
      pool_trial(tier, team, 3);
    }
  }
  kioku_team_free(team);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
