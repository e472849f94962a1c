/* oneDNN's primitive at its best: weights in the layout that it asks for, a scratchpad of our own, all memory objects
 * made beforehand. In bf16 and int8, x and y are given and left as the primitive has them; what is timed converts
 * nothing. */
#include <math.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kioku.h"
#include "native_bench.h"

/* From the OpenMP API, 3.2.1. Not omp.h: a compiler's own may belong to another library than the one oneDNN uses. */
extern void omp_set_num_threads(int threads);

enum { MOST = 16 };

/* int8: a value v of x, y or h is round(SCALE v + SHIFT). */
static const float SCALE = 127, SHIFT = 128;

struct own {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_primitive_t primitive;
  /* Two sets, which differ in the states: of one step, the states change places with those of the next. */
  dnnl_exec_arg_t args[2][MOST];
  int count, turn;
  dnnl_memory_t y;
  enum precision precision;
};

static void must(dnnl_status_t status, const char *what) {
  if (status != dnnl_success) {
    fprintf(stderr, "oneDNN: %s: status %d\n", what, (int)status);
    exit(1);
  }
}
#define MUST(call) must(call, #call)

void onednn_setup(void) {
  static const struct {
    const char *tier;
    dnnl_cpu_isa_t isa;
  } lower[] = {{"scalar", dnnl_cpu_isa_sse41},
               {"avx2", dnnl_cpu_isa_avx2},
               {"avx_vnni", dnnl_cpu_isa_avx2_vnni},
               {"avx512", dnnl_cpu_isa_avx512_core},
               {"avx512_vnni", dnnl_cpu_isa_avx512_core_vnni},
               {"avx512_bf16", dnnl_cpu_isa_avx512_core_bf16}};
  const char *tier = kioku_isa_name(kioku_isa_active());
  omp_set_num_threads(1);
  for (size_t k = 0; k < sizeof lower / sizeof *lower && kioku_isa_active() != kioku_isa_detected(); k++)
    if (strcmp(lower[k].tier, tier) == 0)
      MUST(dnnl_set_max_cpu_isa(lower[k].isa));
}

static void run(struct contestant *c) {
  struct own *own = c->own;
  MUST(dnnl_primitive_execute(own->primitive, own->stream, own->count, own->args[own->turn]));
  MUST(dnnl_stream_wait(own->stream));
  own->turn = 1 - own->turn;
}

/* A memory object with zeros of its own. */
static dnnl_memory_t memory_new(const struct own *own, const_dnnl_memory_desc_t md) {
  dnnl_memory_t m;
  MUST(dnnl_memory_create(&m, md, own->engine, zeros(dnnl_memory_desc_get_size(md))));
  return m;
}

static void memory_free(dnnl_memory_t m) {
  void *data;
  MUST(dnnl_memory_get_data_handle(m, &data));
  MUST(dnnl_memory_destroy(m));
  free(data);
}

static void reorder(const struct own *own, dnnl_memory_t from, dnnl_memory_t to, const_dnnl_primitive_attr_t attr) {
  const_dnnl_memory_desc_t from_md, to_md;
  MUST(dnnl_memory_get_memory_desc(from, &from_md));
  MUST(dnnl_memory_get_memory_desc(to, &to_md));
  dnnl_primitive_desc_t pd;
  dnnl_primitive_t primitive;
  MUST(dnnl_reorder_primitive_desc_create(&pd, from_md, own->engine, to_md, own->engine, attr));
  MUST(dnnl_primitive_create(&primitive, pd));
  const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
  MUST(dnnl_primitive_execute(primitive, own->stream, 2, args));
  MUST(dnnl_stream_wait(own->stream));
  MUST(dnnl_primitive_destroy(primitive));
  MUST(dnnl_primitive_desc_destroy(pd));
}

static void settle(struct contestant *c) {
  struct own *own = c->own;
  const int64_t count = c->layer->s.T * c->layer->s.N * c->layer->s.H;
  void *data;
  MUST(dnnl_memory_get_data_handle(own->y, &data));
  for (int64_t k = 0; k < count; k++)
    if (own->precision == F32) {
      c->y[k] = ((const float *)data)[k];
    } else if (own->precision == BF16) {
      const uint32_t bits = (uint32_t)((const uint16_t *)data)[k] << 16;
      memcpy(&c->y[k], &bits, sizeof bits);
    } else {
      c->y[k] = ((float)((const uint8_t *)data)[k] - SHIFT) / SCALE;
    }
}

static void close_onednn(struct contestant *c) {
  struct own *own = c->own;
  for (int k = 0; k < own->count; k++) /* states are in both sets, at other places */
    memory_free(own->args[0][k].memory);
  dnnl_primitive_destroy(own->primitive);
  dnnl_stream_destroy(own->stream);
  dnnl_engine_destroy(own->engine);
  free(c->y), free(own);
}

static dnnl_memory_desc_t desc(int rank, const dnnl_dims_t dims, dnnl_data_type_t type, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t md;
  MUST(dnnl_memory_desc_create_with_tag(&md, rank, dims, type, tag));
  return md;
}

/* What a layer looks like to oneDNN. */
struct descs {
  dnnl_memory_desc_t x, y, w, u, b, h, c;
};

static int is_lbr(const struct shape *s) { return strcmp(s->cell, "GRU") == 0; }
static int is_gru(const struct shape *s) { return strncmp(s->cell, "GRU", 3) == 0; }
static int is_lstm(const struct shape *s) { return strcmp(s->cell, "LSTM") == 0; }

static struct descs descs_new(const struct shape *s, enum precision p) {
  const int64_t G = gates_of(s->cell);
  const dnnl_data_type_t value = p == F32 ? dnnl_f32 : p == BF16 ? dnnl_bf16 : dnnl_u8;
  const dnnl_data_type_t weight = p == F32 ? dnnl_f32 : p == BF16 ? dnnl_bf16 : dnnl_s8;
  const dnnl_dims_t x = {s->T, s->N, s->I}, y = {s->T, s->N, s->H}, w = {1, 1, s->I, G, s->H};
  const dnnl_dims_t u = {1, 1, s->H, G, s->H}, b = {1, 1, is_lbr(s) ? 4 : G, s->H}, state = {1, 1, s->N, s->H};
  return (struct descs){.x = desc(3, x, value, dnnl_tnc),
                        .y = desc(3, y, value, dnnl_tnc),
                        .w = desc(5, w, weight, dnnl_format_tag_any),
                        .u = desc(5, u, weight, dnnl_format_tag_any),
                        .b = desc(4, b, dnnl_f32, dnnl_ldgo),
                        .h = s->T == 1 ? desc(4, state, value, dnnl_ldnc) : NULL,
                        .c = s->T == 1 && is_lstm(s) ? desc(4, state, dnnl_f32, dnnl_ldnc) : NULL};
}

static void descs_free(struct descs *d) {
  dnnl_memory_desc_t all[] = {d->x, d->y, d->w, d->u, d->b, d->h, d->c};
  for (int k = 0; k < 7; k++)
    if (all[k])
      dnnl_memory_desc_destroy(all[k]);
}

/* int8: weights w of row j round(w 127 / max|w_j|) with one scale for both matrices.
 */
static dnnl_primitive_attr_t attr_new(const struct layer *l, enum precision p, dnnl_scratchpad_mode_t mode) {
  dnnl_primitive_attr_t attr;
  MUST(dnnl_primitive_attr_create(&attr));
  MUST(dnnl_primitive_attr_set_scratchpad_mode(attr, mode));
  if (p != INT8)
    return attr;
  const int64_t rows = gates_of(l->s.cell) * l->s.H;
  float *scales = zeros((size_t)rows * sizeof(float));
  for (int64_t j = 0; j < rows; j++) {
    float most = 0;
    for (int64_t k = 0; k < l->s.I; k++)
      most = fmaxf(most, fabsf(l->w[j * l->s.I + k]));
    for (int64_t k = 0; k < l->s.H; k++)
      most = fmaxf(most, fabsf(l->u[j * l->s.H + k]));
    scales[j] = 127 / most;
  }
  MUST(dnnl_primitive_attr_set_rnn_data_qparams(attr, SCALE, SHIFT));
  MUST(dnnl_primitive_attr_set_rnn_weights_qparams(attr, rows, 1 << 3 | 1 << 4, scales)); /* dimensions g and o */
  free(scales);
  return attr;
}

static dnnl_status_t primitive_desc_new(dnnl_primitive_desc_t *pd, const struct own *own, const struct shape *s,
                                        const struct descs *d, const_dnnl_primitive_attr_t attr) {
  const dnnl_prop_kind_t prop = dnnl_forward_inference;
  const dnnl_rnn_direction_t way = dnnl_unidirectional_left2right;
  if (is_lstm(s))
    return dnnl_lstm_forward_primitive_desc_create(pd, own->engine, prop, way, d->x, d->h, d->c, d->w, d->u, NULL, NULL,
                                                   d->b, d->y, d->h, d->c, 0, attr);
  if (is_lbr(s))
    return dnnl_lbr_gru_forward_primitive_desc_create(pd, own->engine, prop, way, d->x, d->h, d->w, d->u, d->b, d->y,
                                                      d->h, 0, attr);
  if (is_gru(s))
    return dnnl_gru_forward_primitive_desc_create(pd, own->engine, prop, way, d->x, d->h, d->w, d->u, d->b, d->y, d->h,
                                                  0, attr);
  return dnnl_vanilla_rnn_forward_primitive_desc_create(pd, own->engine, prop, dnnl_eltwise_tanh, way, d->x, d->h, d->w,
                                                        d->u, d->b, d->y, d->h, 0, 0, 0, attr);
}

/* Float32 of a plain layout, in the type and layout of `md`. */
static dnnl_memory_t converted(const struct own *own, const float *from, int rank, const dnnl_dims_t dims,
                               dnnl_format_tag_t tag, const_dnnl_memory_desc_t md, const_dnnl_primitive_attr_t attr) {
  dnnl_memory_desc_t plain_md = desc(rank, dims, dnnl_f32, tag);
  dnnl_memory_t plain, to = memory_new(own, md);
  MUST(dnnl_memory_create(&plain, plain_md, own->engine, (void *)from));
  reorder(own, plain, to, attr);
  MUST(dnnl_memory_destroy(plain));
  MUST(dnnl_memory_desc_destroy(plain_md));
  return to;
}

/* Weights (G H, K) as (K, G, H), the gates in oneDNN's order: its GRU has z before r. */
static dnnl_memory_t weights(const struct own *own, const struct shape *s, const float *from, int64_t K,
                             const_dnnl_memory_desc_t md, const_dnnl_primitive_attr_t attr) {
  const int64_t G = gates_of(s->cell), H = s->H;
  float *turned = zeros((size_t)(G * H * K) * sizeof(float));
  for (int64_t g = 0; g < G; g++)
    for (int64_t j = 0; j < H; j++)
      for (int64_t k = 0; k < K; k++)
        turned[(k * G + g) * H + j] = from[((is_gru(s) && g < 2 ? 1 - g : g) * H + j) * K + k];
  const dnnl_dims_t dims = {1, 1, K, G, H};
  dnnl_memory_t to = converted(own, turned, 5, dims, dnnl_ldigo, md, attr);
  free(turned);
  return to;
}

static dnnl_memory_t bias(const struct own *own, const struct layer *l, const_dnnl_memory_desc_t md) {
  const int64_t H = l->s.H;
  const size_t row = (size_t)H * sizeof(float);
  dnnl_memory_t m = memory_new(own, md);
  void *data;
  MUST(dnnl_memory_get_data_handle(m, &data));
  memcpy(data, l->b, dnnl_memory_desc_get_size(md));
  if (is_gru(&l->s)) {
    memcpy(data, l->b + H, row);
    memcpy((float *)data + H, l->b, row);
  }
  return m;
}

/* An argument of both sets; of a state, the other set has the other memory. */
static void argument(struct own *own, int first, dnnl_memory_t m, int second, dnnl_memory_t other) {
  own->args[0][own->count] = (dnnl_exec_arg_t){first, m};
  own->args[1][own->count++] = (dnnl_exec_arg_t){second, m};
  if (other) {
    own->args[0][own->count] = (dnnl_exec_arg_t){second, other};
    own->args[1][own->count++] = (dnnl_exec_arg_t){first, other};
  }
}

static dnnl_memory_t zero_state(const struct own *own, const_dnnl_memory_desc_t md, const struct shape *s,
                                const_dnnl_primitive_attr_t attr) {
  const dnnl_dims_t dims = {1, 1, s->N, s->H};
  float *none = zeros((size_t)(s->N * s->H) * sizeof(float));
  dnnl_memory_t m = converted(own, none, 4, dims, dnnl_ldnc, md, attr);
  free(none);
  return m;
}

static void arguments(struct contestant *c, const struct descs *d, const_dnnl_primitive_desc_t pd,
                      const_dnnl_primitive_attr_t attr) {
  struct own *own = c->own;
  const struct layer *l = c->layer;
  const struct shape *s = &l->s;
  const dnnl_dims_t x = {s->T, s->N, s->I};
  const_dnnl_memory_desc_t w = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
  const_dnnl_memory_desc_t u = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 1);
  const_dnnl_memory_desc_t pad = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
  own->y = memory_new(own, d->y);
  argument(own, DNNL_ARG_SRC_LAYER, converted(own, l->x, 3, x, dnnl_tnc, d->x, attr), DNNL_ARG_SRC_LAYER, NULL);
  argument(own, DNNL_ARG_DST_LAYER, own->y, DNNL_ARG_DST_LAYER, NULL);
  argument(own, DNNL_ARG_BIAS, bias(own, l, d->b), DNNL_ARG_BIAS, NULL);
  argument(own, DNNL_ARG_WEIGHTS_LAYER, weights(own, s, l->w, s->I, w, attr), DNNL_ARG_WEIGHTS_LAYER, NULL);
  argument(own, DNNL_ARG_WEIGHTS_ITER, weights(own, s, l->u, s->H, u, attr), DNNL_ARG_WEIGHTS_ITER, NULL);
  argument(own, DNNL_ARG_SCRATCHPAD, memory_new(own, pad), DNNL_ARG_SCRATCHPAD, NULL);
  if (d->h)
    argument(own, DNNL_ARG_SRC_ITER, zero_state(own, d->h, s, attr), DNNL_ARG_DST_ITER, zero_state(own, d->h, s, attr));
  if (d->c)
    argument(own, DNNL_ARG_SRC_ITER_C, memory_new(own, d->c), DNNL_ARG_DST_ITER_C, memory_new(own, d->c));
}

/* Without these instructions, oneDNN's sums of 8-bit products saturate: errors of 0.2. */
static int has_vnni(void) {
  const dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
  return (isa & dnnl_cpu_isa_avx2_vnni) == dnnl_cpu_isa_avx2_vnni ||
         (isa & dnnl_cpu_isa_avx512_core_vnni) == dnnl_cpu_isa_avx512_core_vnni;
}

int onednn_open(struct contestant *c, const struct layer *l, enum precision p) {
  if (p == INT8 && !has_vnni())
    return 0;
  struct own *own = zeros(sizeof *own);
  own->precision = p;
  *c = (struct contestant){run, settle, close_onednn, l, NULL, own};
  MUST(dnnl_engine_create(&own->engine, dnnl_cpu, 0));
  MUST(dnnl_stream_create(&own->stream, own->engine, dnnl_stream_default_flags));
  struct descs d = descs_new(&l->s, p);
  dnnl_primitive_attr_t attr = attr_new(l, p, dnnl_scratchpad_mode_user);
  dnnl_primitive_desc_t pd = NULL;
  const int has = primitive_desc_new(&pd, own, &l->s, &d, attr) == dnnl_success;
  if (has) {
    MUST(dnnl_primitive_create(&own->primitive, pd));
    c->y = zeros((size_t)(l->s.T * l->s.N * l->s.H) * sizeof(float));
    dnnl_primitive_attr_t for_reorders = attr_new(l, p, dnnl_scratchpad_mode_library);
    arguments(c, &d, pd, for_reorders);
    dnnl_primitive_attr_destroy(for_reorders);
    dnnl_primitive_desc_destroy(pd);
  } else {
    dnnl_stream_destroy(own->stream);
    dnnl_engine_destroy(own->engine);
    free(own);
  }
  dnnl_primitive_attr_destroy(attr);
  descs_free(&d);
  return has;
}
