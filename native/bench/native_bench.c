/* kioku-native-bench: recurrent layers of oneDNN and of libkioku from C, without Java, one thread.
 *
 *   kioku-native-bench peak                                         the machine: "name,value" lines, GFLOP/s and GB/s
 *   kioku-native-bench run FILE                                     every shape of a file, interleaved, as CSV
 *   kioku-native-bench serve CONTESTANT PRECISION CELL T N I H      one layer, as bench/compare asks for it
 *
 * A shape is `cell T N I H`, the cell one of LSTM, GRU, GRU_RESET_BEFORE, RNN. Contestants: onednn, libkioku;
 * precisions: f32, bf16, int8. Outputs are compared before anything is timed: by `run` here, after `serve` by who asks.
 */
#include "native_bench.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const precision_names[PRECISIONS] = {"f32", "bf16", "int8"};
static const double tolerances[PRECISIONS] = {1e-4, 2e-2, 5e-2};

double micros(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

void *zeros(size_t bytes) {
  const size_t whole = (bytes + 127) / 64 * 64;
  void *p = aligned_alloc(64, whole);
  if (!p) {
    perror("memory");
    exit(2);
  }
  return memset(p, 0, whole);
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* ---- layers ---- */

/* SplitMix64 (Steele, Lea, Flood, 2014), the top 24 bits as a float in [-1, 1) times the scale. */
static float *uniform(uint64_t *state, int64_t n, float scale) {
  float *p = zeros((size_t)n * sizeof(float));
  for (int64_t k = 0; k < n; k++) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    p[k] = ((float)(z >> 40) * 0x1p-23f - 1) * scale;
  }
  return p;
}

int gates_of(const char *cell) { return strcmp(cell, "LSTM") == 0 ? 4 : strncmp(cell, "GRU", 3) == 0 ? 3 : 1; }

static double gigaflop(const struct shape *s) {
  return 2e-9 * (double)(s->T * s->N) * gates_of(s->cell) * (double)(s->H * (s->I + s->H));
}

static struct layer layer_new(const struct shape *s) {
  const int64_t G = gates_of(s->cell), H = s->H, split = strcmp(s->cell, "GRU") == 0 ? 2 * H : G * H;
  const float scale = (float)(1 / sqrt((double)H));
  uint64_t state = 1;
  struct layer l = {.s = *s};
  l.w = uniform(&state, G * H * s->I, scale);
  l.u = uniform(&state, G * H * H, scale);
  float *input = uniform(&state, G * H, scale), *recurrent = uniform(&state, G * H, scale);
  l.x = uniform(&state, s->T * s->N * s->I, 1);
  l.b = zeros((size_t)((G + 1) * H) * sizeof(float));
  for (int64_t k = 0; k < G * H; k++)
    l.b[k] = input[k] + (k < split ? recurrent[k] : 0);
  for (int64_t k = split; k < G * H; k++)
    l.b[k + H] = recurrent[k];
  free(input), free(recurrent);
  return l;
}

static void layer_free(struct layer *l) { free(l->w), free(l->u), free(l->b), free(l->x); }

static int is_shape(const struct shape *s) {
  static const char *const cells[] = {"LSTM", "GRU", "GRU_RESET_BEFORE", "RNN"};
  int known = 0;
  for (int k = 0; k < 4; k++)
    known |= strcmp(s->cell, cells[k]) == 0;
  return known && s->T > 0 && s->N > 0 && s->I > 0 && s->H > 0;
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

static int contestant_open(struct contestant *c, const struct layer *l, const char *name, enum precision p) {
  if (strcmp(name, "onednn") == 0)
    return onednn_open(c, l, p);
  kioku_open(c, l, p);
  return 1;
}

/* ---- run ---- */

struct entry {
  struct contestant c;
  const char *name;
  enum precision p;
  double times[15];
};

enum { ROUNDS = sizeof((struct entry *)0)->times / sizeof(double) };

/* Opens all, libkioku in float32 first, which the others are compared with. */
static int open_all(struct entry *all, const struct layer *l) {
  static const char *const names[] = {"libkioku", "onednn"};
  int count = 0;
  for (int n = 0; n < 2; n++)
    for (int p = 0; p < PRECISIONS; p++) {
      struct entry *e = &all[count];
      *e = (struct entry){.name = names[n], .p = (enum precision)p};
      if (!contestant_open(&e->c, l, e->name, e->p))
        continue;
      e->c.run(&e->c);
      e->c.settle(&e->c);
      const double off = largest_difference(&all[0].c, &e->c);
      if (!(off <= tolerances[p])) {
        fprintf(stderr, "%s %s differs from libkioku f32 by %g\n", e->name, precision_names[p], off);
        exit(1);
      }
      count++;
    }
  return count;
}

static void run_shape(const struct shape *s) {
  struct layer l = layer_new(s);
  struct entry all[2 * PRECISIONS];
  const int count = open_all(all, &l);
  for (int c = 0; c < count; c++)
    time_for(&all[c].c, 20000);
  for (int r = 0; r < ROUNDS; r++)
    for (int c = 0; c < count; c++)
      all[c].times[r] = time_for(&all[c].c, 2000);
  for (int c = 0; c < count; c++) {
    qsort(all[c].times, ROUNDS, sizeof(double), by_value);
    const double time = all[c].times[ROUNDS / 2];
    printf("%s,%s,%s,%d,%d,%d,%d,%.3f,%.2f\n", all[c].name, precision_names[all[c].p], s->cell, (int)s->T, (int)s->N,
           (int)s->I, (int)s->H, time, gigaflop(s) / time * 1e6);
    all[c].c.close(&all[c].c);
  }
  layer_free(&l);
}

static int run_file(const char *path) {
  FILE *file = fopen(path, "r");
  char line[256];
  if (!file) {
    perror(path);
    return 1;
  }
  puts("contestant,precision,cell,T,N,I,H,micros,gflops");
  while (fgets(line, sizeof line, file)) {
    struct shape s;
    const char *format = "%23s %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64;
    if (sscanf(line, format, s.cell, &s.T, &s.N, &s.I, &s.H) == 5 && is_shape(&s)) {
      run_shape(&s);
      fflush(stdout);
    }
  }
  fclose(file);
  return 0;
}

/* ---- serve ---- */

/* Answers lines of stdin in binary: "ready" with 0 as a double, "run" with the microseconds of a call as one, "time M"
 * of a call over at least M microseconds, "output" with the floats of the last output (T, N, H). */
static int serve(char **words) {
  struct shape s = {.T = atoll(words[3]), .N = atoll(words[4]), .I = atoll(words[5]), .H = atoll(words[6])};
  snprintf(s.cell, sizeof s.cell, "%s", words[2]);
  int p = 0;
  while (p < PRECISIONS && strcmp(precision_names[p], words[1]) != 0)
    p++;
  if (!is_shape(&s) || p == PRECISIONS)
    return fputs("kioku-native-bench: no such layer\n", stderr), 2;
  struct layer l = layer_new(&s);
  struct contestant c;
  if (!contestant_open(&c, &l, words[0], (enum precision)p))
    return 3; /* oneDNN has no such layer here */
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    double answer = 0;
    if (strcmp(line, "output\n") == 0) {
      c.settle(&c);
      fwrite(c.y, sizeof(float), (size_t)(s.T * s.N * s.H), stdout);
    } else {
      if (strncmp(line, "time ", 5) == 0)
        answer = time_for(&c, atof(line + 5));
      else if (strcmp(line, "run\n") == 0)
        answer = time_for(&c, 0);
      fwrite(&answer, sizeof answer, 1, stdout);
    }
    fflush(stdout);
  }
  c.close(&c);
  layer_free(&l);
  return 0;
}

int main(int argc, char **argv) {
  onednn_setup();
  if (argc == 2 && strcmp(argv[1], "peak") == 0)
    return print_peak(), 0;
  if (argc == 3 && strcmp(argv[1], "run") == 0)
    return run_file(argv[2]);
  if (argc == 9 && strcmp(argv[1], "serve") == 0)
    return serve(argv + 2);
  fputs("usage: kioku-native-bench peak | run FILE | serve CONTESTANT PRECISION CELL T N I H\n", stderr);
  return 2;
}
