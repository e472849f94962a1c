/* Integer codes, every usable tier, against integers in 64 bits and numbers in double; every buffer guarded. */
#include "check.h"
#include "kernels.h"

enum { MAX_BYTES = 1 << 20, TRIALS = 150 };

static struct guarded memory_x, memory_y, memory_weights, memory_packed, memory_work, memory_small;

static int64_t between(int64_t least, int64_t most) { return least + random_below(most - least + 1); }

/* Bytes that end where the memory does, or begin there. */
static uint8_t *bytes_in(struct guarded g, int64_t count, int at_end) {
  float *floats = guarded_take(g, (count + 3) / 4, at_end);
  return at_end ? (uint8_t *)(floats + (count + 3) / 4) - count : (uint8_t *)floats;
}

static uint8_t *random_bytes(struct guarded g, int64_t count, int at_end) {
  uint8_t *bytes = bytes_in(g, count, at_end);
  const int extreme = random_below(4) == 0;
  for (int64_t k = 0; k < count; k++)
    bytes[k] = extreme ? (uint8_t)(random_below(2) ? 0x80 : random_below(2) ? 0x7f : 0xff) : (uint8_t)random_bits();
  return bytes;
}

static int64_t code(int64_t is_signed, const void *codes, int64_t at) {
  return is_signed ? ((const int8_t *)codes)[at] : ((const uint8_t *)codes)[at];
}

/* ---- products ---- */

struct call {
  const struct kioku_kernels *kernels;
  const kioku_int8_linear *linear;
};

static void share(const void *argument, const struct member *me) {
  const struct call *call = argument;
  call->kernels->int8_linear(call->linear, me);
}

static double saturated(double x, double least, double most) { return x < least ? least : x > most ? most : x; }

static void linear_trial(int32_t tier, kioku_team *team, int threads) {
  static uint8_t alone[MAX_BYTES], zeros_x[600], zeros_w[600];
  static int32_t offsets[600];
  static float scales[600], bias[600 * 2];
  const struct kioku_kernels *kernels = kioku_kernels_of(tier);
  const char *name = kioku_isa_name(tier);
  const int64_t types[] = {KIOKU_TYPE_S32, KIOKU_TYPE_F32, KIOKU_TYPE_U8, KIOKU_TYPE_S8};
  const int at_end = (int)random_below(2), by_input = (int)random_below(2);
  kioku_int8_linear l = {.inputs = random_below(20)  ? between(1, 300)
                                   : random_below(2) ? 0
                                                     : 4000,
                         .outputs = between(1, 300),
                         .rows = between(1, random_below(3) ? 9 : 220),
                         .weights_signed = random_below(2),
                         .x_signed = random_below(2),
                         .y_type = types[random_below(4)]};
  if (l.inputs == 4000) {
    l.outputs = between(1, 40);
    l.rows = between(1, 120);
  }
  const uint8_t *weights = random_bytes(memory_weights, l.inputs * l.outputs, at_end);
  const int64_t output_step = by_input ? 1 : l.inputs, input_step = by_input ? l.outputs : 1;
  l.x = random_bytes(memory_x, l.rows * l.inputs, at_end);
  for (int64_t k = 0; k < 600; k++) {
    zeros_x[k] = (uint8_t)random_bits();
    zeros_w[k] = (uint8_t)random_bits();
    offsets[k] = (int32_t)random_bits() >> 8;
    scales[k] = random_float(0.01f);
    bias[k] = random_float(1);
  }
  const int none = random_below(3) == 0;
  if (none)
    memset(zeros_w, l.weights_signed ? 0 : 128, sizeof zeros_w); /* what needs no sum of a row */
  l.x_zero = random_below(4) ? zeros_x : NULL;
  l.x_zero_step = random_below(3) == 0;
  l.weights_zero = random_below(4) || none ? zeros_w : NULL;
  l.weights_zero_step = random_below(2);
  l.offsets = random_below(2) ? offsets : NULL;
  const float scale = random_float(2), y_scale = 3.5f;
  l.scale = &scale;
  l.scales = scales;
  l.scales_step = random_below(2);
  l.y_scale = l.y_type != KIOKU_TYPE_F32 && random_below(4) ? &y_scale : NULL;
  l.y_zero = random_below(4) ? zeros_x + 1 : NULL;
  l.bias = random_below(2) ? bias : NULL;
  l.bias_row = random_below(2);
  float *packed = guarded_take(memory_packed, kernels->packed_int8_size(l.outputs, l.inputs) / 4, at_end);
  kernels->pack_int8(l.weights_signed, weights, l.outputs, l.inputs, output_step, input_step, packed);
  l.packed = packed;
  l.work = guarded_take(memory_work, threads * kernels->int8_linear_work(l.inputs) / 4, 0);
  const int64_t size = l.y_type == KIOKU_TYPE_S32 || l.y_type == KIOKU_TYPE_F32 ? 4 : 1;
  const int64_t y = l.rows * l.outputs * size;
  l.y = bytes_in(memory_y, y, at_end);
  uint8_t *const before = (uint8_t *)memory_y.floats;
  l.threads = 1;
  const struct call call = {kernels, &l};
  team_share(NULL, 1, share, &call);
  memcpy(alone, l.y, (size_t)y);
  int64_t wrong = 0;
  for (int64_t row = 0; row < l.rows; row++)
    for (int64_t o = 0; o < l.outputs; o++) {
      const int64_t x_zero = l.x_zero ? code(l.x_signed, l.x_zero, row * l.x_zero_step) : 0;
      const int64_t w_zero = l.weights_zero ? code(l.weights_signed, l.weights_zero, o * l.weights_zero_step) : 0;
      int64_t sum = l.offsets ? offsets[o] : 0;
      for (int64_t k = 0; k < l.inputs; k++)
        sum += (code(l.x_signed, l.x, row * l.inputs + k) - x_zero) *
               (code(l.weights_signed, weights, o * output_step + k * input_step) - w_zero);
      const float factor = scale * scales[o * l.scales_step], number = (float)sum * factor;
      const int64_t at = row * l.outputs + o;
      if (l.y_type == KIOKU_TYPE_S32)
        wrong += ((int32_t *)l.y)[at] != (int32_t)sum;
      else if (l.y_type == KIOKU_TYPE_F32)
        wrong += ((float *)l.y)[at] != (l.bias ? number + bias[row * l.bias_row + o] : number);
      else {
        const int is_signed = l.y_type == KIOKU_TYPE_S8;
        const float scaled = (float)sum * (l.y_scale ? factor / y_scale : factor);
        const double zero = l.y_zero ? (double)code(is_signed, l.y_zero, 0) : 0;
        wrong += code(is_signed, l.y, at) !=
                 (int64_t)saturated(rint((double)scaled) + zero, is_signed ? -128 : 0, is_signed ? 127 : 255);
      }
    }
  check(wrong == 0, "%s: %d rows, %d inputs, %d outputs, type %d: %d wrong", name, (int)l.rows, (int)l.inputs,
        (int)l.outputs, (int)l.y_type, (int)wrong);
  l.threads = threads;
  team_share(team, threads, share, &call);
  check(memcmp(alone, l.y, (size_t)y) == 0, "%s: other numbers on %d threads", name, threads);
  const uint32_t canary = CANARY;
  int64_t damage = 0;
  for (int64_t k = 0; k < memory_y.count * 4; k++)
    damage += (before + k < (uint8_t *)l.y || before + k >= (uint8_t *)l.y + y) &&
              before[k] != ((const uint8_t *)&canary)[k % 4];
  check(damage == 0, "%s: wrote beside y", name);
}

/* ---- convolutions ---- */

struct convolution_call {
  const struct kioku_kernels *kernels;
  const kioku_convolution *convolution;
  const kioku_convolution_run *run;
  const kioku_int8_convolution *codes;
};

static void share_convolution(const void *argument, const struct member *me) {
  const struct convolution_call *call = argument;
  call->kernels->int8_convolution(call->convolution, call->run, call->codes, me);
}

/* The sum at a position, in 64 bits. */
static int64_t window_sum(const kioku_convolution *c, const kioku_convolution_run *r, const kioku_int8_convolution *q,
                          const uint8_t *weights, int64_t part, int64_t o, const int64_t *p) {
  const int64_t *k = c->kernel, output = part % c->groups * c->outputs + o;
  const int64_t x_zero = q->x_zero ? code(q->x_signed, q->x_zero, 0) : 0;
  const int64_t w_zero = q->weights_zero ? code(q->weights_signed, q->weights_zero, output * q->weights_zero_step) : 0;
  int64_t sum = q->offsets ? q->offsets[output] : 0, w = output * c->inputs * k[0] * k[1] * k[2];
  for (int64_t i = 0; i < c->inputs; i++)
    for (int64_t kz = 0; kz < k[0]; kz++)
      for (int64_t ky = 0; ky < k[1]; ky++)
        for (int64_t kx = 0; kx < k[2]; kx++, w++) {
          const int64_t z = p[0] * c->strides[0] - r->begin[0] + kz * c->dilations[0];
          const int64_t y = p[1] * c->strides[1] - r->begin[1] + ky * c->dilations[1];
          const int64_t x = p[2] * c->strides[2] - r->begin[2] + kx * c->dilations[2];
          const int inside = z >= 0 && z < r->in[0] && y >= 0 && y < r->in[1] && x >= 0 && x < r->in[2];
          const int64_t at = (((part * c->inputs + i) * r->in[0] + z) * r->in[1] + y) * r->in[2] + x;
          if (inside)
            sum += (code(q->weights_signed, weights, w) - w_zero) * (code(q->x_signed, q->x, at) - x_zero);
        }
  return sum;
}

static void convolution_trial(int32_t tier, kioku_team *team, int threads) {
  static uint8_t alone[MAX_BYTES], zeros[64];
  static int32_t offsets[64];
  static float scales[64];
  const struct kioku_kernels *kernels = kioku_kernels_of(tier);
  const char *name = kioku_isa_name(tier);
  const int64_t types[] = {KIOKU_TYPE_S32, KIOKU_TYPE_U8, KIOKU_TYPE_S8};
  const int at_end = (int)random_below(2);
  kioku_convolution c = {.groups = between(1, 3), .inputs = between(1, 6), .outputs = between(1, 16)};
  kioku_convolution_run r = {.batch = between(1, 2)};
  int64_t in = r.batch * c.groups * c.inputs, out = r.batch * c.groups * c.outputs, window = c.inputs;
  for (int axis = 0; axis < 3; axis++) {
    c.kernel[axis] = between(1, 3);
    c.strides[axis] = between(1, 2);
    c.dilations[axis] = between(1, 2);
    r.in[axis] = between(1, axis == 2 ? 40 : 5);
    r.begin[axis] = between(0, 2);
    r.out[axis] = between(1, axis == 2 ? 40 : 5); /* also far behind x */
    in *= r.in[axis];
    out *= r.out[axis];
    window *= c.kernel[axis];
  }
  kioku_int8_convolution q = {
      .weights_signed = random_below(2), .x_signed = random_below(2), .y_type = types[random_below(3)]};
  const uint8_t *weights = random_bytes(memory_weights, c.groups * c.outputs * window, at_end);
  q.x = random_bytes(memory_x, in, at_end);
  for (int k = 0; k < 64; k++) {
    zeros[k] = (uint8_t)random_bits();
    offsets[k] = (int32_t)random_bits() >> 16;
    scales[k] = random_float(0.01f);
  }
  const float scale = random_float(2), y_scale = 0.5f;
  q.x_zero = random_below(4) ? zeros + 1 : NULL;
  q.weights_zero = random_below(4) ? zeros : NULL;
  q.weights_zero_step = random_below(2);
  q.offsets = random_below(2) ? offsets : NULL;
  q.scale = &scale;
  q.scales = scales;
  q.scales_step = random_below(2);
  q.y_scale = &y_scale;
  q.y_zero = random_below(4) ? zeros + 2 : NULL;
  float *packed = guarded_take(memory_packed, kernels->packed_int8_rows_size(c.groups * c.outputs, window) / 4, at_end);
  kernels->pack_int8_rows(q.weights_signed, weights, c.groups * c.outputs, window, packed);
  q.packed = packed;
  r.work = guarded_take(memory_work, threads * kernels->int8_convolution_work(&c) / 4, 0);
  const int64_t y = out * (q.y_type == KIOKU_TYPE_S32 ? 4 : 1);
  q.y = bytes_in(memory_y, y, at_end);
  const struct convolution_call call = {kernels, &c, &r, &q};
  r.threads = 1;
  team_share(NULL, 1, share_convolution, &call);
  memcpy(alone, q.y, (size_t)y);
  int64_t wrong = 0, at = 0;
  for (int64_t part = 0; part < r.batch * c.groups; part++)
    for (int64_t o = 0; o < c.outputs; o++)
      for (int64_t pz = 0; pz < r.out[0]; pz++)
        for (int64_t py = 0; py < r.out[1]; py++)
          for (int64_t px = 0; px < r.out[2]; px++, at++) {
            const int64_t sum = window_sum(&c, &r, &q, weights, part, o, (int64_t[]){pz, py, px});
            const int64_t output = part % c.groups * c.outputs + o;
            const float number = (float)sum * (scale * scales[output * q.scales_step] / y_scale);
            const int is_signed = q.y_type == KIOKU_TYPE_S8;
            const double zero = q.y_zero ? (double)code(is_signed, q.y_zero, 0) : 0;
            wrong += q.y_type == KIOKU_TYPE_S32
                         ? ((int32_t *)q.y)[at] != (int32_t)sum
                         : code(is_signed, q.y, at) != (int64_t)saturated(rint((double)number) + zero,
                                                                          is_signed ? -128 : 0, is_signed ? 127 : 255);
          }
  check(wrong == 0, "%s: convolution: %d of %d wrong, type %d", name, (int)wrong, (int)out, (int)q.y_type);
  r.threads = threads;
  team_share(team, threads, share_convolution, &call);
  check(memcmp(alone, q.y, (size_t)y) == 0, "%s: convolution: other numbers on %d threads", name, threads);
}

/* ---- numbers and codes ---- */

static const int64_t limits[][2] = {[KIOKU_TYPE_U8] = {0, 255},
                                    [KIOKU_TYPE_S8] = {-128, 127},
                                    [KIOKU_TYPE_U16] = {0, 65535},
                                    [KIOKU_TYPE_S16] = {-32768, 32767},
                                    [KIOKU_TYPE_S32] = {INT32_MIN, INT32_MAX}};

static int64_t element(int64_t type, const void *from, int64_t at) {
  switch (type) {
  case KIOKU_TYPE_U8:
  case KIOKU_TYPE_S8:
    return code(type == KIOKU_TYPE_S8, from, at);
  case KIOKU_TYPE_U16:
    return ((const uint16_t *)from)[at];
  case KIOKU_TYPE_S16:
    return ((const int16_t *)from)[at];
  default:
    return ((const int32_t *)from)[at];
  }
}

static double code_of(double x, float scale, int64_t zero, int64_t type) {
  const float scaled = (float)x / scale;
  const double rounded = isnan(scaled) ? 0 : rint((double)scaled);
  return saturated(rounded + (double)zero, (double)limits[type][0], (double)limits[type][1]);
}

static void quantize_trial(int32_t tier) {
  static const int64_t types[] = {KIOKU_TYPE_U8, KIOKU_TYPE_S8, KIOKU_TYPE_U16, KIOKU_TYPE_S16, KIOKU_TYPE_S32};
  static float scales[400];
  static int32_t zeros[400];
  static const float odd[] = {NAN, INFINITY, -INFINITY, -0.0f, 1e30f, 0x1p-140f};
  const struct kioku_kernels *kernels = kioku_kernels_of(tier);
  const char *name = kioku_isa_name(tier);
  const int at_end = (int)random_below(2);
  const int64_t n = random_below(300), step = random_below(2), to = types[random_below(4)];
  const int64_t from = random_below(2) ? KIOKU_TYPE_F32 : KIOKU_TYPE_S32;
  for (int k = 0; k < 400; k++) {
    scales[k] = random_below(3) ? 0.5f : 0.001f + fabsf(random_float(3)); /* 0.5: ties */
    zeros[k] = (int32_t)random_bits();
  }
  const void *zero = random_below(4) ? zeros : NULL;
  float *x = guarded_take(memory_x, n, at_end);
  for (int64_t k = 0; k < n; k++) {
    const int32_t whole = (int32_t)random_below(800) - 400;
    x[k] = random_below(2) ? (float)whole * 0.25f : random_float(300);
    if (random_below(20) == 0)
      x[k] = odd[random_below(6)];
    if (from == KIOKU_TYPE_S32)
      memcpy(x + k, &whole, sizeof whole);
  }
  uint8_t *y = bytes_in(memory_y, n * kioku_type_bytes(to), at_end);
  kernels->quantize(from, to, n, x, step, scales, zero, y);
  int64_t wrong = 0;
  for (int64_t k = 0; k < n; k++) {
    const double given = from == KIOKU_TYPE_S32 ? (double)element(from, x, k) : (double)x[k];
    const double expected = code_of(given, scales[k * step], zero ? element(to, zero, k * step) : 0, to);
    wrong += element(to, y, k) != (int64_t)expected;
  }
  check(wrong == 0, "%s: quantize %d to %d: %d of %d wrong", name, (int)from, (int)to, (int)wrong, (int)n);

  const int64_t type = types[random_below(5)];
  const uint8_t *codes = random_bytes(memory_small, n * kioku_type_bytes(type), at_end);
  float *numbers = guarded_take(memory_y, n, at_end);
  kernels->dequantize(type, n, codes, step, scales, zero, numbers);
  wrong = 0;
  for (int64_t k = 0; k < n; k++) {
    const int64_t offset = zero ? element(type, zero, k * step) : 0;
    wrong += numbers[k] != (float)(element(type, codes, k) - offset) * scales[k * step];
  }
  check(wrong == 0, "%s: dequantize %d: %d of %d wrong", name, (int)type, (int)wrong, (int)n);
  check(guarded_damage(memory_y, numbers, 1, n, n) == 0, "%s: dequantize wrote beside y", name);
}

static void dynamic_trial(int32_t tier) {
  const struct kioku_kernels *kernels = kioku_kernels_of(tier);
  const char *name = kioku_isa_name(tier);
  const int at_end = (int)random_below(2);
  const int64_t rows = random_below(5), columns = random_below(200), gap = random_below(2) ? random_below(40) : 0;
  const int64_t stride = columns + gap, floats = rows > 0 ? (rows - 1) * stride + columns : 0;
  float *x = guarded_take(memory_x, floats, at_end);
  double low = 0, high = 0;
  const int is_zero = random_below(8) == 0;
  for (int64_t row = 0; row < rows; row++)
    for (int64_t k = 0; k < columns; k++) {
      float *to = x + row * stride + k;
      *to = is_zero ? 0 : random_float(9) + (float)random_below(2) * 5;
      if (random_below(50) == 0)
        *to = NAN;
      low = *to < low ? *to : low;
      high = *to > high ? *to : high;
    }
  uint8_t *y = bytes_in(memory_y, rows * columns, at_end), zero;
  float scale;
  kernels->dynamic_quantize(rows, columns, stride, x, y, &scale, &zero);
  const float expected = low == high ? 1 : ((float)high - (float)low) / 255;
  check(scale == expected && zero == rint(saturated((double)(-(float)low / expected), 0, 255)),
        "%s: dynamic: scale %a, zero %d of [%a, %a]", name, (double)scale, zero, low, high);
  int64_t wrong = 0;
  for (int64_t row = 0; row < rows; row++)
    for (int64_t k = 0; k < columns; k++)
      wrong += y[row * columns + k] != (int64_t)code_of((double)x[row * stride + k], scale, zero, KIOKU_TYPE_U8);
  check(wrong == 0, "%s: dynamic: %d of %d x %d wrong", name, (int)wrong, (int)rows, (int)columns);
}

int main(void) {
  memory_x = guarded_new(MAX_BYTES / 4);
  memory_y = guarded_new(MAX_BYTES / 4);
  memory_weights = guarded_new(MAX_BYTES / 4);
  memory_packed = guarded_new(MAX_BYTES);
  memory_work = guarded_new(1 << 21);
  memory_small = guarded_new(1 << 12);
  kioku_team *team = kioku_team_new(3);
  for (int32_t tier = 0; kioku_isa_name(tier); tier++)
    for (int k = 0; kioku_isa_usable(tier) && k < TRIALS; k++) {
      linear_trial(tier, team, k % 3 + 1);
      convolution_trial(tier, team, k % 3 + 1);
      quantize_trial(tier);
      dynamic_trial(tier);
    }
  kioku_team_free(team);
  if (failures == 0)
    printf("codes_test: all right\n");
  return failures > 0;
}
