/* What the files of kioku-native-bench share. */
#ifndef KIOKU_NATIVE_BENCH_H
#define KIOKU_NATIVE_BENCH_H
#include <stddef.h>
#include <stdint.h>

double micros(void);

/* Zeros, aligned to 64 bytes; ends the program if there are none left. */
void *zeros(size_t bytes);

/* T steps of N streams with I inputs of a layer of H units; the cell is LSTM, GRU, GRU_RESET_BEFORE or RNN. */
struct shape {
  char cell[24];
  int64_t T, N, I, H;
};

int gates_of(const char *cell);

/* One layer: weights in PyTorch's order of gates, row-major, as the Java side makes them. */
struct layer {
  struct shape s;
  float *w; /* (G H, I) */
  float *u; /* (G H, H) */
  float *b; /* (G, H), of GRU (4, H): r, z, n of the input's side, n of the recurrent one */
  float *x; /* (T, N, I) */
};

enum precision { F32, BF16, INT8, PRECISIONS };
extern const char *const precision_names[PRECISIONS];

/* Who computes a layer. A call begins at a zero state; of a layer of one step, at the state that the call before left.
 */
struct contestant {
  void (*run)(struct contestant *c);
  /* Brings the last output into y. */
  void (*settle)(struct contestant *c);
  void (*close)(struct contestant *c);
  const struct layer *layer;
  float *y; /* (T, N, H) */
  void *own;
};

void kioku_open(struct contestant *c, const struct layer *l, enum precision p);

/* One thread, and no higher instructions than KIOKU_ISA leaves to libkioku; before oneDNN's first use. */
void onednn_setup(void);

/* 0 if oneDNN has no such thing on this machine. */
int onednn_open(struct contestant *c, const struct layer *l, enum precision p);

/* What one core can do at most, as lines "name,value". */
void print_peak(void);
#endif
