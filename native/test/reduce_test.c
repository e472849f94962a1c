/* kioku_reduce_f32, kioku_normalize_f32 and kioku_pool_f32 with random sizes and windows, at every usable tier, against
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

static double reduced(const kioku_reduction *r, int64_t first) {
  double sum = r->kind == KIOKU_REDUCE_PRODUCT                                      ? 1
               : r->kind == KIOKU_REDUCE_MAX || r->kind == KIOKU_REDUCE_LOG_SUM_EXP ? -(double)INFINITY
               : r->kind == KIOKU_REDUCE_MIN                                        ? (double)INFINITY
                                                                                    : 0;
  double exponentials = 0;
  for (int64_t k = 0; k < r->count; k++) {
    const double x = (double)r->x[first + k * r->inner];
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
      exponentials += exp((double)r->x[first + k * r->inner] - shift);
    return shift + log(exponentials);
  }
  return r->finish == KIOKU_FINISH_DIVIDE ? sum / (double)r->total
         : r->finish == KIOKU_FINISH_ROOT ? sqrt(sum)
         : r->finish == KIOKU_FINISH_LOG  ? log(sum)
                                          : sum;
}

static void reduction_trial(int32_t tier) {
  static const float odd[] = {NAN, INFINITY, -INFINITY, 0x1p-149f, -0.0f};
  kioku_reduction r = {.kind = between(0, KIOKU_REDUCE_LOG_SUM_EXP), .outer = between(1, 4), .inner = 1};
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
    wrong += is_off((double)r.y[k], (double)(float)reduced(&r, k / r.inner * r.count * r.inner + k % r.inner), 1e-5);
  check(wrong == 0, "%s reduction %d, %d of (%d, %d, %d): %d wrong", kioku_isa_name(tier), (int)r.kind, (int)r.finish,
        (int)r.outer, (int)r.count, (int)r.inner, wrong);
  check(guarded_damage(memory_y, r.y, 1, r.outer * r.inner, r.outer * r.inner) == 0, "%s reduction wrote beside y",
        kioku_isa_name(tier));
}

/* A million terms lose nothing. */
static void test_long_sum(int32_t tier) {
  enum { MANY = 1 << 20 };
  static float x[MANY];
  float y = 0;
  for (int k = 0; k < MANY; k++)
    x[k] = 0.1f;
  const kioku_reduction r = {.kind = KIOKU_REDUCE_SUM, .outer = 1, .count = MANY, .inner = 1, .x = x, .y = &y};
  kioku_kernels_of(tier)->reduce(&r);
  check(y == (float)(MANY * (double)0.1f), "%s: a long sum is %a", kioku_isa_name(tier), (double)y);
}

/* ---- normalisations ---- */

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
    for (int trial = 0; trial < TRIALS; trial++) {
      reduction_trial(tier);
      normalization_trial(tier, team, 3);
      pool_trial(tier, team, 3);
    }
  }
  kioku_team_free(team);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
