/* kioku-native-bench: recurrent layers of oneDNN and of libkioku from C, without Java, one thread.
 *
 *   kioku-native-bench peak                 the machine: "name,value" lines of GFLOP/s and GB/s
 *   kioku-native-bench run FILE             every shape of a file, interleaved, as CSV
 *   kioku-native-bench serve                lines "contestant precision cell T N I H" on stdin; microseconds a call out
 *
 * A shape is `cell T N I H`, the cell one of LSTM, GRU, RNN. Contestants: onednn, libkioku. Both compute one layer in
 * float32, libkioku also in bf16 and int8, and are compared before anything is timed. */
#include <immintrin.h>
#include <inttypes.h>
#include <math.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kioku.h"

static double micros(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void *memory(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (!p) {
    perror("memory");
    exit(2);
  }
  return memset(p, 0, (bytes + 127) / 64 * 64);
}

static float *floats(int64_t n, float scale) {
  float *p = memory((size_t)n * sizeof(float));
  for (int64_t k = 0; k < n; k++)
    p[k] = ((float)rand() / (float)RAND_MAX * 2 - 1) * scale;
  return p;
}

/* ---- shapes ---- */

struct shape {
  char cell[16];
  int64_t T, N, I, H;
};

static int gates_of(const char *cell) { return strcmp(cell, "LSTM") == 0 ? 4 : strcmp(cell, "GRU") == 0 ? 3 : 1; }

static double gigaflop(const struct shape *s) {
  return 2e-9 * (double)(s->T * s->N) * gates_of(s->cell) * (double)(s->H * (s->I + s->H));
}

/* One layer: weights in PyTorch's order of gates, row-major, one bias. */
struct layer {
  struct shape s;
  float *w, *u, *b, *x;
};

static struct layer layer_new(const struct shape *s) {
  const int64_t G = gates_of(s->cell);
  const float scale = 1 / sqrtf((float)s->H);
  srand(1);
  return (struct layer){*s, floats(G * s->H * s->I, scale), floats(G * s->H * s->H, scale),
                        floats((G + 1) * s->H, scale), floats(s->T * s->N * s->I, 1)};
}

static void layer_free(struct layer *l) { free(l->w), free(l->u), free(l->b), free(l->x); }

/* ---- contestants ---- */

struct contestant {
  void (*run)(struct contestant *c);
  void (*close)(struct contestant *c);
  float *y; /* (T, N, H) */
  struct layer *layer;
  /* libkioku */
  kioku_fused fused;
  kioku_run call;
  /* onednn */
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_primitive_t primitive;
  dnnl_exec_arg_t args[12];
  int count;
};

static void kioku_run_once(struct contestant *c) {
  memset(c->call.state, 0, (size_t)(c->layer->s.N * c->call.state_row) * sizeof(float));
  kioku_fused_f32(&c->fused, &c->call, c->layer->x, 0, c->y, 0);
}

static void kioku_close(struct contestant *c) {
  free((void *)c->fused.packed), free(c->call.state), free(c->call.gates), free(c->call.scratch);
  free(c->call.arguments), free(c->y);
}

static void kioku_open(struct contestant *c, struct layer *l, int precision) {
  const struct shape *s = &l->s;
  const int cell = strcmp(s->cell, "LSTM") == 0  ? KIOKU_FUSED_LSTM
                   : strcmp(s->cell, "GRU") == 0 ? KIOKU_FUSED_GRU
                                                 : KIOKU_FUSED_RNN_TANH;
  *c = (struct contestant){.run = kioku_run_once, .close = kioku_close, .layer = l};
  c->fused = (kioku_fused){.cell = cell, .precision = precision, .input = s->I, .hidden = s->H};
  kioku_fused_plan_f32(&c->fused);
  float *packed = memory((size_t)c->fused.packed_size * sizeof(float));
  kioku_fused_pack_f32(&c->fused, l->w, l->u, l->b, NULL, packed);
  c->fused.packed = packed;
  const int64_t most = (1 << 16) / (s->N * c->fused.gates_width), chunk = most < 1 ? 1 : most < s->T ? most : s->T;
  c->y = floats(s->T * s->N * s->H, 0);
  c->call = (kioku_run){.steps = s->T,
                        .batch = s->N,
                        .x_step = s->N * s->I,
                        .x_row = s->I,
                        .y_step = s->N * s->H,
                        .y_row = s->H,
                        .state_row = 2 * s->H,
                        .state = floats(s->N * 2 * s->H, 0),
                        .gates = floats(chunk * s->N * c->fused.gates_width, 0),
                        .chunk_steps = chunk,
                        .scratch = floats(s->N * c->fused.scratch_width, 0),
                        .arguments = floats((chunk + 1) * s->N * c->fused.argument_width, 0),
                        .threads = 1};
}

static void must(dnnl_status_t status, const char *what) {
  if (status != dnnl_success) {
    fprintf(stderr, "oneDNN: %s: status %d\n", what, (int)status);
    exit(1);
  }
}
#define MUST(call) must(call, #call)

static dnnl_memory_t onednn_memory(dnnl_engine_t engine, const_dnnl_memory_desc_t md, void *data) {
  dnnl_memory_t m;
  MUST(dnnl_memory_create(&m, md, engine, data));
  return m;
}

/* Data of one layout in another. */
static dnnl_memory_t reordered(struct contestant *c, dnnl_memory_t from, const_dnnl_memory_desc_t from_md,
                               const_dnnl_memory_desc_t to_md) {
  dnnl_memory_t to = onednn_memory(c->engine, to_md, memory(dnnl_memory_desc_get_size(to_md)));
  dnnl_primitive_desc_t pd;
  dnnl_primitive_t reorder;
  MUST(dnnl_reorder_primitive_desc_create(&pd, from_md, c->engine, to_md, c->engine, NULL));
  MUST(dnnl_primitive_create(&reorder, pd));
  const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
  MUST(dnnl_primitive_execute(reorder, c->stream, 2, args));
  MUST(dnnl_stream_wait(c->stream));
  dnnl_primitive_destroy(reorder);
  dnnl_primitive_desc_destroy(pd);
  return to;
}

static void onednn_run_once(struct contestant *c) {
  MUST(dnnl_primitive_execute(c->primitive, c->stream, c->count, c->args));
  MUST(dnnl_stream_wait(c->stream));
}

static void onednn_close(struct contestant *c) {
  for (int k = 0; k < c->count; k++) {
    void *data;
    dnnl_memory_get_data_handle(c->args[k].memory, &data);
    if (data != c->layer->x)
      free(data);
    dnnl_memory_destroy(c->args[k].memory);
  }
  dnnl_primitive_destroy(c->primitive);
  dnnl_stream_destroy(c->stream);
  dnnl_engine_destroy(c->engine);
}

/* Inference from zero states, weights in the layout that the primitive asks for, scratch memory of our own. */
static void onednn_open(struct contestant *c, struct layer *l) {
  const struct shape *s = &l->s;
  const int64_t G = gates_of(s->cell), H = s->H, I = s->I, B = strcmp(s->cell, "GRU") == 0 ? 4 : G;
  const int is_gru = B == 4 && G == 3;
  *c = (struct contestant){.run = onednn_run_once, .close = onednn_close, .layer = l};
  MUST(dnnl_engine_create(&c->engine, dnnl_cpu, 0));
  MUST(dnnl_stream_create(&c->stream, c->engine, dnnl_stream_default_flags));
  const dnnl_dims_t x_dims = {s->T, s->N, I}, y_dims = {s->T, s->N, H}, b_dims = {1, 1, B, H};
  const dnnl_dims_t w_dims = {1, 1, I, G, H}, u_dims = {1, 1, H, G, H};
  const dnnl_dims_t w_strides = {G * H * I, G * H * I, 1, H * I, I}, u_strides = {G * H * H, G * H * H, 1, H * H, H};
  dnnl_memory_desc_t x_md, y_md, b_md, w_any, u_any, w_plain, u_plain;
  MUST(dnnl_memory_desc_create_with_tag(&x_md, 3, x_dims, dnnl_f32, dnnl_tnc));
  MUST(dnnl_memory_desc_create_with_tag(&y_md, 3, y_dims, dnnl_f32, dnnl_tnc));
  MUST(dnnl_memory_desc_create_with_tag(&b_md, 4, b_dims, dnnl_f32, dnnl_ldgo));
  MUST(dnnl_memory_desc_create_with_tag(&w_any, 5, w_dims, dnnl_f32, dnnl_format_tag_any));
  MUST(dnnl_memory_desc_create_with_tag(&u_any, 5, u_dims, dnnl_f32, dnnl_format_tag_any));
  MUST(dnnl_memory_desc_create_with_strides(&w_plain, 5, w_dims, dnnl_f32, w_strides));
  MUST(dnnl_memory_desc_create_with_strides(&u_plain, 5, u_dims, dnnl_f32, u_strides));
  dnnl_primitive_attr_t attr;
  MUST(dnnl_primitive_attr_create(&attr));
  MUST(dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user));
  dnnl_primitive_desc_t pd;
  const dnnl_prop_kind_t prop = dnnl_forward_inference;
  const dnnl_rnn_direction_t way = dnnl_unidirectional_left2right;
  if (G == 4)
    MUST(dnnl_lstm_forward_primitive_desc_create(&pd, c->engine, prop, way, x_md, NULL, NULL, w_any, u_any, NULL, NULL,
                                                 b_md, y_md, NULL, NULL, 0, attr));
  else if (is_gru)
    MUST(dnnl_lbr_gru_forward_primitive_desc_create(&pd, c->engine, prop, way, x_md, NULL, w_any, u_any, b_md, y_md,
                                                    NULL, 0, attr));
  else
    MUST(dnnl_vanilla_rnn_forward_primitive_desc_create(&pd, c->engine, prop, dnnl_eltwise_tanh, way, x_md, NULL, w_any,
                                                        u_any, b_md, y_md, NULL, 0, 0, 0, attr));
  MUST(dnnl_primitive_create(&c->primitive, pd));
  /* oneDNN's GRU has z before r. */
  float *w = memory((size_t)(G * H * I) * sizeof(float)), *u = memory((size_t)(G * H * H) * sizeof(float));
  float *b = memory((size_t)(B * H) * sizeof(float));
  for (int64_t g = 0; g < G; g++) {
    const int64_t from = is_gru && g < 2 ? 1 - g : g;
    memcpy(w + g * H * I, l->w + from * H * I, (size_t)(H * I) * sizeof(float));
    memcpy(u + g * H * H, l->u + from * H * H, (size_t)(H * H) * sizeof(float));
    memcpy(b + g * H, l->b + from * H, (size_t)H * sizeof(float));
  }
  if (is_gru)
    memcpy(b + 3 * H, l->b + 3 * H, (size_t)H * sizeof(float));
  dnnl_memory_t w_m = onednn_memory(c->engine, w_plain, w), u_m = onednn_memory(c->engine, u_plain, u);
  const_dnnl_memory_desc_t wanted_w = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
  const_dnnl_memory_desc_t wanted_u = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 1);
  const_dnnl_memory_desc_t pad = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
  c->y = floats(s->T * s->N * H, 0);
  c->args[c->count++] = (dnnl_exec_arg_t){DNNL_ARG_SRC_LAYER, onednn_memory(c->engine, x_md, l->x)};
  c->args[c->count++] = (dnnl_exec_arg_t){DNNL_ARG_DST_LAYER, onednn_memory(c->engine, y_md, c->y)};
  c->args[c->count++] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, onednn_memory(c->engine, b_md, b)};
  c->args[c->count++] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS_LAYER, reordered(c, w_m, w_plain, wanted_w)};
  c->args[c->count++] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS_ITER, reordered(c, u_m, u_plain, wanted_u)};
  c->args[c->count++] =
      (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, onednn_memory(c->engine, pad, memory(dnnl_memory_desc_get_size(pad)))};
  dnnl_memory_destroy(w_m), dnnl_memory_destroy(u_m);
  free(w), free(u);
  dnnl_primitive_desc_destroy(pd);
  dnnl_primitive_attr_destroy(attr);
  dnnl_memory_desc_destroy(x_md), dnnl_memory_desc_destroy(y_md), dnnl_memory_desc_destroy(b_md);
  dnnl_memory_desc_destroy(w_any), dnnl_memory_desc_destroy(u_any);
  dnnl_memory_desc_destroy(w_plain), dnnl_memory_desc_destroy(u_plain);
}

/* ---- timing ---- */

/* Microseconds a call over at least so many. */
static double time_for(struct contestant *c, double least) {
  const double start = micros();
  double spent;
  int calls = 0;
  do {
    c->run(c);
    calls++;
    spent = micros() - start;
  } while (spent < least);
  return spent / calls;
}

static double largest_difference(const struct contestant *a, const struct contestant *b) {
  const struct shape *s = &a->layer->s;
  double worst = 0;
  for (int64_t k = 0; k < s->T * s->N * s->H; k++) {
    const double d = fabs((double)a->y[k] - (double)b->y[k]);
    worst = d > worst || isnan(d) ? d : worst;
  }
  return worst;
}

static const char *const precisions[] = {"f32", "bf16", "int8"};
static const double tolerances[] = {1e-4, 2e-2, 5e-2};

static void print_row(const char *contestant, const char *precision, const struct shape *s, double time) {
  printf("%s,%s,%s,%d,%d,%d,%d,%.3f,%.2f\n", contestant, precision, s->cell, (int)s->T, (int)s->N, (int)s->I, (int)s->H,
         time, gigaflop(s) / time * 1e6);
}

static void run_shape(const struct shape *s) {
  enum { ROUNDS = 15, COUNT = 4 };
  struct layer l = layer_new(s);
  struct contestant all[COUNT];
  double times[COUNT][ROUNDS];
  onednn_open(&all[0], &l);
  all[0].run(&all[0]);
  for (int p = 0; p < 3; p++) {
    kioku_open(&all[1 + p], &l, p);
    all[1 + p].run(&all[1 + p]);
    const double off = largest_difference(&all[0], &all[1 + p]);
    if (!(off <= tolerances[p])) {
      fprintf(stderr, "onednn and libkioku %s differ by %g\n", precisions[p], off);
      exit(1);
    }
  }
  for (int r = -1; r < ROUNDS; r++)
    for (int c = 0; c < COUNT; c++) {
      const double time = time_for(&all[c], 2000);
      if (r >= 0)
        times[c][r] = time;
    }
  for (int c = 0; c < COUNT; c++) {
    qsort(times[c], ROUNDS, sizeof(double), by_value);
    print_row(c == 0 ? "onednn" : "libkioku", c == 0 ? "f32" : precisions[c - 1], s, times[c][ROUNDS / 2]);
    all[c].close(&all[c]);
  }
  layer_free(&l);
}

static int read_shape(const char *line, struct shape *s) {
  return sscanf(line, "%15s %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64, s->cell, &s->T, &s->N, &s->I, &s->H) == 5;
}

static int run_file(const char *path) {
  FILE *file = fopen(path, "r");
  char line[256];
  struct shape s;
  if (!file) {
    perror(path);
    return 1;
  }
  puts("contestant,precision,cell,T,N,I,H,micros,gflops");
  while (fgets(line, sizeof line, file))
    if (line[0] != '#' && read_shape(line, &s)) {
      run_shape(&s);
      fflush(stdout);
    }
  fclose(file);
  return 0;
}

/* One contestant at a time, kept while the same is asked for. "check" answers how far it is off libkioku in float32. */
static int serve(void) {
  char line[256], name[16], precision[16], cell[16], last[256] = "";
  struct layer l;
  struct contestant c;
  while (fgets(line, sizeof line, stdin)) {
    struct shape s;
    int at;
    if (sscanf(line, "%15s %15s %n%15s", name, precision, &at, cell) != 3 || !read_shape(line + at, &s)) {
      fprintf(stderr, "not understood: %s", line);
      return 1;
    }
    if (strcmp(line, last) != 0) {
      if (last[0]) {
        c.close(&c);
        layer_free(&l);
      }
      strcpy(last, line);
      l = layer_new(&s);
      int p = 0;
      while (p < 2 && strcmp(precisions[p], precision) != 0)
        p++;
      struct contestant judge;
      kioku_open(&judge, &l, KIOKU_F32);
      judge.run(&judge);
      if (strcmp(name, "onednn") == 0)
        onednn_open(&c, &l);
      else
        kioku_open(&c, &l, p);
      c.run(&c);
      const double off = largest_difference(&judge, &c);
      judge.close(&judge);
      if (!(off <= tolerances[p])) {
        fprintf(stderr, "%s and libkioku differ by %g: %s", name, off, line);
        return 1;
      }
      time_for(&c, 2000);
    }
    printf("%.4f\n", time_for(&c, 4000));
    fflush(stdout);
  }
  return 0;
}

/* ---- the machine ---- */

#define SUMS 16
#define REPEATED(vector, load, add, muladd, set, flags)                                                                \
  __attribute__((target(flags))) static double muladds_##vector(void) {                                                \
    vector sums[SUMS];                                                                                                 \
    const vector one = set(0.999f);                                                                                    \
    for (int s = 0; s < SUMS; s++)                                                                                     \
      sums[s] = set((float)s);                                                                                         \
    const double start = micros();                                                                                     \
    for (int k = 0; k < 2000000; k++)                                                                                  \
      for (int s = 0; s < SUMS; s++)                                                                                   \
        sums[s] = muladd(sums[s], one, one);                                                                           \
    const double time = micros() - start;                                                                              \
    volatile vector sink = sums[0];                                                                                    \
    for (int s = 1; s < SUMS; s++)                                                                                     \
      sink = add(sink, sums[s]);                                                                                       \
    return 2000000e-3 * SUMS * 2 * (double)(sizeof(vector) / sizeof(float)) / time;                                    \
  }                                                                                                                    \
  __attribute__((target(flags))) static float read_##vector(const float *p, int64_t n) {                               \
    vector a = set(0), b = a, c = a, d = a;                                                                            \
    const int64_t lanes = sizeof(vector) / sizeof(float);                                                              \
    for (int64_t k = 0; k < n; k += 4 * lanes) {                                                                       \
      a = add(a, load(p + k));                                                                                         \
      b = add(b, load(p + k + lanes));                                                                                 \
      c = add(c, load(p + k + 2 * lanes));                                                                             \
      d = add(d, load(p + k + 3 * lanes));                                                                             \
    }                                                                                                                  \
    a = add(add(a, b), add(c, d));                                                                                     \
    return ((const float *)&a)[0];                                                                                     \
  }
REPEATED(__m512, _mm512_load_ps, _mm512_add_ps, _mm512_fmadd_ps, _mm512_set1_ps, "avx512f")
REPEATED(__m256, _mm256_load_ps, _mm256_add_ps, _mm256_fmadd_ps, _mm256_set1_ps, "avx2,fma")

/* GB/s of reading `bytes` over and over; the best of some rounds. */
static double bandwidth(size_t bytes, int wide) {
  float *p = floats((int64_t)(bytes / sizeof(float)), 1);
  volatile float sink = 0;
  double best = 0;
  const int repeats = (int)(((size_t)64 << 20) / bytes) + 1;
  for (int round = 0; round < 7; round++) {
    const double start = micros();
    for (int k = 0; k < repeats; k++)
      sink = sink + (wide ? read___m512 : read___m256)(p, (int64_t)(bytes / sizeof(float)));
    const double rate = (double)bytes * repeats * 1e-3 / (micros() - start);
    best = rate > best ? rate : best;
  }
  free(p);
  return best;
}

static void peak(void) {
  const int wide = kioku_isa_active() >= KIOKU_ISA_AVX512;
  double rate = 0;
  for (int round = 0; round < 7; round++) {
    const double now = wide ? muladds___m512() : muladds___m256();
    rate = now > rate ? now : rate;
  }
  const long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE), l3 = sysconf(_SC_LEVEL3_CACHE_SIZE);
  const long second = l2 > 0 ? l2 : 1 << 20, third = l3 > 4 * second ? l3 : 32 << 20;
  printf("isa,%s\ngflops,%.1f\n", kioku_isa_name(kioku_isa_active()), rate);
  printf("l2_bytes,%ld\nl2_gbs,%.1f\n", second, bandwidth((size_t)second / 2, wide));
  printf("l3_bytes,%ld\nl3_gbs,%.1f\n", third, bandwidth((size_t)second * 4, wide));
  printf("memory_gbs,%.1f\n", bandwidth((size_t)third > ((size_t)1 << 29) ? (size_t)1 << 30 : (size_t)third * 2, wide));
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "peak") == 0)
    return peak(), 0;
  if (argc == 2 && strcmp(argv[1], "serve") == 0)
    return serve();
  if (argc == 3 && strcmp(argv[1], "run") == 0)
    return run_file(argv[2]);
  fputs("usage: kioku-native-bench peak | run FILE | serve\n", stderr);
  return 2;
}
