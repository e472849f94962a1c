/* kioku_convolution_f32 with random windows, groups, paddings and epilogues, at every usable tier, against naive loops
 * in double; every buffer guarded, the same bits on any number of threads. */
#include "check.h"
#include "kernels.h"

enum { MAX_FLOATS = 200000, MAX_SIZE = 9, TRIALS = 250 };

static struct guarded memory_x, memory_y, memory_other, memory_packed, memory_bias, memory_work;
static float weights[MAX_FLOATS], plain_bias[4096];

struct call {
  const struct kioku_kernels *kernels;
  const kioku_convolution *convolution;
  const kioku_convolution_run *run;
};

static void share(const void *argument, const struct member *me) {
  const struct call *call = argument;
  call->kernels->convolution(call->convolution, call->run, me);
}

static int64_t between(int64_t least, int64_t most) {
  return least + (int64_t)random_below((uint32_t)(most - least + 1));
}

/* The sum of products at a position and channel of y, in double. */
static double reference(const kioku_convolution *c, const kioku_convolution_run *r, int64_t n, const int64_t at[3],
                        int64_t group, int64_t output, double *size) {
  const int64_t *k = c->kernel;
  const int64_t window = k[0] * k[1] * k[2] * c->inputs;
  double sum = c->bias ? plain_bias[group * c->outputs + output] : 0;
  *size = fabs(sum);
  for (int64_t kz = 0; kz < k[0]; kz++)
    for (int64_t ky = 0; ky < k[1]; ky++)
      for (int64_t kx = 0; kx < k[2]; kx++) {
        const int64_t z = at[0] * c->strides[0] - r->begin[0] + kz * c->dilations[0];
        const int64_t y = at[1] * c->strides[1] - r->begin[1] + ky * c->dilations[1];
        const int64_t x = at[2] * c->strides[2] - r->begin[2] + kx * c->dilations[2];
        if (z < 0 || z >= r->in[0] || y < 0 || y >= r->in[1] || x < 0 || x >= r->in[2])
          continue;
        const float *from = r->x + (((n * r->in[0] + z) * r->in[1] + y) * r->in[2] + x) * r->x_row + group * c->inputs;
        const float *w = weights + (group * c->outputs + output) * window + ((kz * k[1] + ky) * k[2] + kx) * c->inputs;
        for (int64_t i = 0; i < c->inputs; i++) {
          sum += (double)from[i] * w[i];
          *size += fabs((double)from[i] * w[i]);
        }
      }
  return sum;
}

static void pack(const struct kioku_kernels *kernels, kioku_convolution *c, int at_end) {
  const int64_t window = c->kernel[0] * c->kernel[1] * c->kernel[2] * c->inputs;
  const int is_depthwise = c->groups > 1 && c->inputs == 1 && c->outputs == 1;
  const int64_t matrices = is_depthwise ? 1 : c->groups, units = is_depthwise ? c->groups : c->outputs;
  const int64_t size = kernels->packed_size(KIOKU_F32, 1, units, window);
  const int64_t bias = kernels->packed_size(KIOKU_F32, 1, units, 1);
  float *packed = guarded_take(memory_packed, matrices * size, at_end);
  float *packed_bias = guarded_take(memory_bias, matrices * bias, at_end);
  for (int64_t g = 0; g < matrices; g++) {
    kernels->pack(KIOKU_F32, weights + g * units * window, 1, units, window, packed + g * size);
    kernels->pack(KIOKU_F32, plain_bias + g * units, 1, units, 1, packed_bias + g * bias);
  }
  c->packed = packed;
  c->bias = random_below(4) ? packed_bias : NULL;
}

static void trial(int32_t tier, kioku_team *team, int threads) {
  const struct kioku_kernels *kernels = kioku_kernels_of(tier);
  kioku_convolution c = {.groups = 1, .inputs = between(1, 40), .outputs = between(1, 150)};
  kioku_convolution_run r = {.batch = between(1, 3)};
  if (random_below(4) == 0) { /* some channels each, or every channel by itself */
    c.groups = between(2, 70);
    c.inputs = random_below(2) ? 1 : between(1, 4);
    c.outputs = c.inputs == 1 && random_below(3) ? 1 : between(1, 5);
  }
  const int is_product = random_below(4) == 0;
  for (int axis = 0; axis < 3; axis++) {
    const int is_used = !is_product && axis >= (int)random_below(3);
    c.kernel[axis] = is_used ? between(1, 4) : 1;
    c.strides[axis] = is_used ? between(1, 3) : 1;
    c.dilations[axis] = is_used && random_below(3) == 0 ? between(1, 3) : 1;
    const int64_t span = (c.kernel[axis] - 1) * c.dilations[axis] + 1;
    r.in[axis] = axis >= 1 || is_used ? between(1, MAX_SIZE) : 1;
    r.begin[axis] = is_used ? between(0, span + 1) : 0;
    const int64_t end = is_used ? between(0, span + 1) : 0;
    const int64_t room = r.in[axis] + r.begin[axis] + end - span;
    r.out[axis] = room < 0 ? 0 : room / c.strides[axis] + 1;
  }
  const int64_t in = r.batch * r.in[0] * r.in[1] * r.in[2], out = r.batch * r.out[0] * r.out[1] * r.out[2];
  const int64_t from = c.groups * c.inputs, to = c.groups * c.outputs;
  const int64_t window = c.kernel[0] * c.kernel[1] * c.kernel[2] * c.inputs;
  r.x_row = from + (random_below(3) ? 0 : between(1, 20));
  r.y_row = to + (random_below(3) ? 0 : between(1, 20));
  if (out == 0 || in * r.x_row > MAX_FLOATS || out * r.y_row > MAX_FLOATS || to * window > MAX_FLOATS)
    return;
  for (int64_t k = 0; k < to * window; k++)
    weights[k] = random_float(1);
  for (int64_t k = 0; k < to; k++)
    plain_bias[k] = random_float(1);
  const int at_end = (int)random_below(2);
  pack(kernels, &c, at_end);
  /* max(0, sums) + other, or nothing */
  const kioku_instruction instructions[] = {{.op = KIOKU_OP_RELU, .dst = -1, .a = 0},
                                            {.op = KIOKU_OP_ADD, .dst = 1, .a = -1, .b = 2}};
  const kioku_operand other = {guarded_take(memory_other, out * to, at_end), to};
  const int has_epilogue = (int)random_below(2);
  if (has_epilogue) {
    c.instructions = instructions;
    c.instruction_count = 2;
    r.operands = &other;
    r.operand_count = 1;
  }
  for (int64_t k = 0; k < out * to; k++)
    other.data[k] = random_float(1);
  float *x = guarded_take(memory_x, (in - 1) * r.x_row + from, at_end);
  for (int64_t k = 0; k < in; k++)
    for (int64_t i = 0; i < from; i++)
      x[k * r.x_row + i] = random_float(1);
  r.x = x;
  r.y = guarded_take(memory_y, (out - 1) * r.y_row + to, at_end);
  const int64_t work = kernels->convolution_work(&c) / (int64_t)sizeof(float);
  r.work = guarded_take(memory_work, work, 0);
  r.threads = 1;
  const struct call call = {kernels, &c, &r};
  team_share(NULL, 1, share, &call);
  check(guarded_damage(memory_work, r.work, 1, work, work) == 0, "%s: wrote beside the work memory",
        kioku_isa_name(tier));
  static float alone[MAX_FLOATS];
  memcpy(alone, r.y, (size_t)((out - 1) * r.y_row + to) * sizeof(float));
  r.threads = threads;
  r.work = guarded_take(memory_work, threads * work, 0);
  team_share(team, threads, share, &call);
  int64_t index = 0, others = 0;
  double worst = 0;
  for (int64_t n = 0; n < r.batch; n++)
    for (int64_t z = 0; z < r.out[0]; z++)
      for (int64_t y = 0; y < r.out[1]; y++)
        for (int64_t w = 0; w < r.out[2]; w++, index++)
          for (int64_t o = 0; o < to; o++) {
            double size;
            double wanted = reference(&c, &r, n, (const int64_t[]){z, y, w}, o / c.outputs, o % c.outputs, &size);
            if (has_epilogue)
              wanted = fmax(0, wanted) + other.data[index * to + o];
            const float got = alone[index * r.y_row + o];
            const double d = fabs(got - wanted) / (size + 1);
            worst = isnan(d) ? INFINITY : fmax(worst, d);
            others += bits_of(got) != bits_of(r.y[index * r.y_row + o]);
          }
  /* sums of up to 2,560 products, relative to their size */
  check(worst < 1e-6, "%s groups %d inputs %d outputs %d kernel %d %d %d strides %d %d %d out %d %d %d: off by %g",
        kioku_isa_name(tier), (int)c.groups, (int)c.inputs, (int)c.outputs, (int)c.kernel[0], (int)c.kernel[1],
        (int)c.kernel[2], (int)c.strides[0], (int)c.strides[1], (int)c.strides[2], (int)r.out[0], (int)r.out[1],
        (int)r.out[2], worst);
  check(others == 0, "%s: %d other numbers on %d threads: groups %d inputs %d outputs %d window %d positions %d",
        kioku_isa_name(tier), (int)others, threads, (int)c.groups, (int)c.inputs, (int)c.outputs, (int)window,
        (int)out);
  check(guarded_damage(memory_y, r.y, out, to, r.y_row) == 0, "%s: wrote beside y", kioku_isa_name(tier));
}

int main(void) {
  memory_x = guarded_new(MAX_FLOATS);
  memory_y = guarded_new(MAX_FLOATS);
  memory_other = guarded_new(MAX_FLOATS);
  memory_packed = guarded_new(2 * MAX_FLOATS + (1 << 16));
  memory_bias = guarded_new(1 << 14);
  memory_work = guarded_new(1 << 21);
  kioku_team *team = kioku_team_new(3);
  for (int32_t tier = 0; kioku_isa_name(tier); tier++)
    for (int k = 0; kioku_isa_usable(tier) && k < TRIALS; k++)
      trial(tier, team, k % 3 + 1);
  kioku_team_free(team);
  if (failures == 0)
    printf("convolution_test: all right\n");
  return failures > 0;
}
