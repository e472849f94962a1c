/* kioku_convolution_f32 with random windows, groups and paddings, and kioku_linear_f32 with any number of rows, at
 * every usable tier, against naive loops in double; every buffer guarded, the same bits on any number of threads. */
#include "check.h"
#include "kernels.h"

enum { MAX_FLOATS = 200000, MAX_SIZE = 9, TRIALS = 250 };

#define UNTOUCHED 1e30f

static struct guarded memory_x, memory_y, memory_weights, memory_packed, memory_bias, memory_work;
static float alone[MAX_FLOATS], plain[MAX_FLOATS];

struct call {
  const struct kioku_kernels *kernels;
  const kioku_convolution *convolution;
  const kioku_convolution_run *run;
  const kioku_linear *linear; /* NULL: the convolution */
};

static void share(const void *argument, const struct member *me) {
  const struct call *call = argument;
  if (call->linear)
    call->kernels->linear(call->linear, me);
  else
    call->kernels->convolution(call->convolution, call->run, me);
}

static int64_t between(int64_t least, int64_t most) {
  return least + (int64_t)random_below((uint32_t)(most - least + 1));
}

static float *random_floats(struct guarded memory, int64_t count, int at_end) {
  float *floats = guarded_take(memory, count, at_end);
  for (int64_t k = 0; k < count; k++)
    floats[k] = random_float(1);
  return floats;
}

/* Off the sum in double, relative to the size of what is added. */
static double error(double got, double sum, double size) {
  const double d = fabs(got - sum) / (size + 1);
  return isnan(d) ? INFINITY : d;
}

/* Takes what it has compared out of y. */
static double convolution_error(const kioku_convolution *c, const kioku_convolution_run *r) {
  const int64_t *k = c->kernel;
  const int64_t parts = r->batch * c->groups;
  double worst = 0;
  for (int64_t part = 0; part < parts; part++)
    for (int64_t o = 0; o < c->outputs; o++)
      for (int64_t pz = 0; pz < r->out[0]; pz++)
        for (int64_t py = 0; py < r->out[1]; py++)
          for (int64_t px = 0; px < r->out[2]; px++) {
            const int64_t output = part % c->groups * c->outputs + o;
            const float *w = c->weights + output * c->inputs * k[0] * k[1] * k[2];
            double sum = c->bias ? c->bias[output] : 0, size = fabs(sum);
            for (int64_t i = 0; i < c->inputs; i++)
              for (int64_t kz = 0; kz < k[0]; kz++)
                for (int64_t ky = 0; ky < k[1]; ky++)
                  for (int64_t kx = 0; kx < k[2]; kx++, w++) {
                    const int64_t z = pz * c->strides[0] - r->begin[0] + kz * c->dilations[0];
                    const int64_t y = py * c->strides[1] - r->begin[1] + ky * c->dilations[1];
                    const int64_t x = px * c->strides[2] - r->begin[2] + kx * c->dilations[2];
                    if (z < 0 || z >= r->in[0] || y < 0 || y >= r->in[1] || x < 0 || x >= r->in[2])
                      continue;
                    const double product =
                        (double)*w * r->x[(((part * c->inputs + i) * r->in[0] + z) * r->in[1] + y) * r->in[2] + x];
                    sum += product;
                    size += fabs(product);
                  }
            float *y =
                r->y + (part * c->outputs + o) * r->channel + pz * r->steps[0] + py * r->steps[1] + px * r->steps[2];
            worst = fmax(worst, error(*y, sum, size));
            *y = UNTOUCHED;
          }
  return worst;
}

static void convolution_trial(int32_t tier, kioku_team *team, int threads) {
  const struct kioku_kernels *kernels = kioku_kernels_of(tier);
  kioku_convolution c = {.groups = random_below(4) ? 1 : between(2, 20), .inputs = 1, .outputs = 1};
  kioku_convolution_run r = {.batch = between(1, 3)};
  if (c.groups == 1 || random_below(2)) {
    c.inputs = between(1, c.groups > 1 ? 4 : 40);
    c.outputs = between(1, c.groups > 1 ? 4 : 50);
  }
  for (int axis = 0; axis < 3; axis++) {
    const int is_used = axis >= (int)random_below(3);
    c.kernel[axis] = is_used ? between(1, 4) : 1;
    c.strides[axis] = is_used && random_below(2) ? between(1, 3) : 1;
    c.dilations[axis] = is_used && random_below(3) == 0 ? between(1, 3) : 1;
    const int64_t span = (c.kernel[axis] - 1) * c.dilations[axis] + 1;
    r.in[axis] = is_used ? between(1, axis == 2 && random_below(3) == 0 ? 150 : MAX_SIZE) : 1;
    if (axis == 2 && random_below(20) == 0)
      r.in[axis] = between(5000, 30000);
    r.begin[axis] = is_used ? between(random_below(4) ? 0 : -2, span + 1) : 0;
    const int64_t room = r.in[axis] + r.begin[axis] + (is_used ? between(0, span + 1) : 0) - span;
    r.out[axis] = room < 0 ? 0 : room / c.strides[axis] + 1;
  }
  const int64_t x = r.batch * c.groups * c.inputs * r.in[0] * r.in[1] * r.in[2];
  const int spread = random_below(3) == 0; /* positions of y */
  r.steps[2] = spread ? between(1, 3) : 1;
  r.steps[1] = r.out[2] * r.steps[2] + (spread ? between(0, 5) : 0);
  r.steps[0] = r.out[1] * r.steps[1];
  r.channel = r.out[0] * r.steps[0] + (spread ? between(0, 2) : 0);
  const int64_t y = r.batch * c.groups * c.outputs * r.channel;
  const int64_t weights = c.groups * c.outputs * c.inputs * c.kernel[0] * c.kernel[1] * c.kernel[2];
  if (r.out[0] * r.out[1] * r.out[2] == 0 || x > MAX_FLOATS || y > MAX_FLOATS || weights > MAX_FLOATS)
    return;
  const int at_end = (int)random_below(2);
  c.weights = random_floats(memory_weights, weights, at_end);
  if (c.groups == 1 && r.batch * r.out[0] * r.out[1] * r.out[2] < 70 && random_below(2)) {
    float *packed =
        guarded_take(memory_packed, kernels->packed_size(KIOKU_F32, 1, c.outputs, weights / c.outputs), at_end);
    kernels->pack(KIOKU_F32, c.weights, 1, c.outputs, weights / c.outputs, packed);
    c.packed = packed;
  }
  c.bias = random_below(4) ? random_floats(memory_bias, c.groups * c.outputs, at_end) : NULL;
  r.x = random_floats(memory_x, x, at_end);
  r.y = guarded_take(memory_y, y, at_end);
  for (int64_t k = 0; k < y; k++)
    r.y[k] = UNTOUCHED;
  r.threads = 1;
  const int64_t work = kernels->convolution_work(&c, &r) / (int64_t)sizeof(float);
  r.work = guarded_take(memory_work, work, 0);
  const struct call call = {kernels, &c, &r, NULL};
  team_share(NULL, 1, share, &call);
  check(guarded_damage(memory_work, r.work, 1, work, work) == 0, "%s: wrote beside the work memory",
        kioku_isa_name(tier));
  memcpy(alone, r.y, (size_t)y * sizeof(float));
  const double worst = convolution_error(&c, &r);
  /* sums of up to 2,560 products, relative to their size */
  check(worst < 1e-6, "%s groups %d inputs %d outputs %d kernel %d %d %d strides %d %d %d out %d %d %d: off by %g",
        kioku_isa_name(tier), (int)c.groups, (int)c.inputs, (int)c.outputs, (int)c.kernel[0], (int)c.kernel[1],
        (int)c.kernel[2], (int)c.strides[0], (int)c.strides[1], (int)c.strides[2], (int)r.out[0], (int)r.out[1],
        (int)r.out[2], worst);
  int64_t touched = 0;
  for (int64_t k = 0; k < y; k++)
    touched += r.y[k] != UNTOUCHED;
  check(touched == 0, "%s: wrote %d floats between positions", kioku_isa_name(tier), (int)touched);
  r.threads = threads;
  const int64_t more_work = kernels->convolution_work(&c, &r) / (int64_t)sizeof(float);
  r.work = guarded_take(memory_work, more_work, 0);
  team_share(team, threads, share, &call);
  check(guarded_damage(memory_work, r.work, 1, more_work, more_work) == 0,
        "%s: wrote beside the work memory of threads", kioku_isa_name(tier));
  check(memcmp(alone, r.y, (size_t)y * sizeof(float)) == 0, "%s: other numbers on %d threads", kioku_isa_name(tier),
        threads);
  check(guarded_damage(memory_y, r.y, 1, y, y) == 0, "%s: wrote beside y", kioku_isa_name(tier));
}

static void linear_trial(int32_t tier, kioku_team *team, int threads) {
  const struct kioku_kernels *kernels = kioku_kernels_of(tier);
  kioku_linear l = {
      .inputs = between(1, 300), .outputs = between(1, 300), .rows = between(1, random_below(3) ? 9 : 220)};
  const int at_end = (int)random_below(2);
  for (int64_t k = 0; k < l.inputs * l.outputs; k++)
    plain[k] = random_float(1);
  float plain_bias[300];
  for (int64_t k = 0; k < l.outputs; k++)
    plain_bias[k] = random_float(1);
  float *packed = guarded_take(memory_weights, kernels->packed_size(KIOKU_F32, 1, l.outputs, l.inputs), at_end);
  float *bias = guarded_take(memory_bias, kernels->packed_size(KIOKU_F32, 1, l.outputs, 1), at_end);
  kernels->pack(KIOKU_F32, plain, 1, l.outputs, l.inputs, packed);
  kernels->pack(KIOKU_F32, plain_bias, 1, l.outputs, 1, bias);
  l.packed = packed;
  l.bias = random_below(4) ? bias : NULL;
  l.x = random_floats(memory_x, l.rows * l.inputs, at_end);
  const int64_t y = l.rows * l.outputs;
  l.y = guarded_take(memory_y, y, at_end);
  l.threads = 1;
  const struct call call = {kernels, NULL, NULL, &l};
  team_share(NULL, 1, share, &call);
  memcpy(alone, l.y, (size_t)y * sizeof(float));
  double worst = 0;
  for (int64_t row = 0; row < l.rows; row++)
    for (int64_t o = 0; o < l.outputs; o++) {
      double sum = l.bias ? plain_bias[o] : 0, size = fabs(sum);
      for (int64_t i = 0; i < l.inputs; i++) {
        const double product = (double)l.x[row * l.inputs + i] * plain[o * l.inputs + i];
        sum += product;
        size += fabs(product);
      }
      worst = fmax(worst, error(l.y[row * l.outputs + o], sum, size));
    }
  check(worst < 1e-6, "%s inputs %d outputs %d rows %d: off by %g", kioku_isa_name(tier), (int)l.inputs, (int)l.outputs,
        (int)l.rows, worst);
  l.threads = threads;
  team_share(team, threads, share, &call);
  check(memcmp(alone, l.y, (size_t)y * sizeof(float)) == 0, "%s: other numbers on %d threads: %d rows of %d",
        kioku_isa_name(tier), threads, (int)l.rows, (int)l.outputs);
  check(guarded_damage(memory_y, l.y, 1, y, y) == 0, "%s: wrote beside y", kioku_isa_name(tier));
}

int main(void) {
  memory_x = guarded_new(MAX_FLOATS);
  memory_y = guarded_new(MAX_FLOATS);
  memory_weights = guarded_new(MAX_FLOATS);
  memory_packed = guarded_new(4 * MAX_FLOATS);
  memory_bias = guarded_new(1 << 14);
  memory_work = guarded_new(1 << 21);
  kioku_team *team = kioku_team_new(3);
  for (int32_t tier = 0; kioku_isa_name(tier); tier++)
    for (int k = 0; kioku_isa_usable(tier) && k < TRIALS; k++) {
      convolution_trial(tier, team, k % 3 + 1);
      linear_trial(tier, team, k % 3 + 1);
    }
  kioku_team_free(team);
  if (failures == 0)
    printf("convolution_test: all right\n");
  return failures > 0;
}
