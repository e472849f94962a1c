/*
 * libkioku: the kernels of Kioku. This header is the whole C API.
 *
 * Plain C11, float32 unless a name says otherwise. No function allocates, keeps state between calls or calls back,
 * but for the threads of a team; all may be called from any number of threads at once as long as the buffers that they
 * write differ. Arguments are trusted: the Java side checks every size and address before it calls.
 */
#ifndef KIOKU_H
#define KIOKU_H

#include <stdint.h>

#if defined(_WIN32)
#define KIOKU_API __declspec(dllexport)
#else
#define KIOKU_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Changes with every incompatible change of this header; the Java side refuses any other number. */
#define KIOKU_ABI 5
KIOKU_API int32_t kioku_abi(void);

/* ---- instruction sets ------------------------------------------------------------------------------------------ */

/* Tiers in rising order. A tier is usable when the CPU has the instructions and the OS saves the registers. */
enum kioku_isa {
  KIOKU_ISA_SCALAR = 0,
  KIOKU_ISA_AVX2 = 1,
  KIOKU_ISA_AVX512 = 2,      /* F, VL, DQ, BW */
  KIOKU_ISA_AVX512_VNNI = 3, /* products of bytes */
  KIOKU_ISA_AVX512_BF16 = 4, /* these, and products of bfloat16 */
  KIOKU_ISA_AMX = 5          /* these, and products of tiles of either */
};

/* The highest usable tier of this machine. */
KIOKU_API int32_t kioku_isa_detected(void);

/* The tier in use: the detected one, or a lower one named by the environment variable KIOKU_ISA
 * (scalar, avx2, avx512, avx512_vnni, avx512_bf16 or amx; read once). A name above the detected tier, or an unknown
 * one, changes nothing. */
KIOKU_API int32_t kioku_isa_active(void);

/* "scalar", "avx2", "avx512", "avx512_vnni", "avx512_bf16", "amx"; NULL for any other number. Static storage. */
KIOKU_API const char *kioku_isa_name(int32_t isa);

/* ---- activations ----------------------------------------------------------------------------------------------- */

/* y[k] = f(x[k]) for k in [0, n). x may equal y. NaN gives NaN; at most 2 ULP from the correctly rounded value for
 * every float, denormal results included. sigmoid: -Inf -> 0, +Inf -> 1. tanh: ±Inf -> ±1, ±0 -> ±0. */
KIOKU_API void kioku_sigmoid_f32(int64_t n, const float *x, float *y);
KIOKU_API void kioku_tanh_f32(int64_t n, const float *x, float *y);

/* exp: -Inf -> 0, overflow -> +Inf. log: ±0 -> -Inf, negative -> NaN, +Inf -> +Inf. */
KIOKU_API void kioku_exp_f32(int64_t n, const float *x, float *y);
KIOKU_API void kioku_log_f32(int64_t n, const float *x, float *y);

/* ---- element-wise programs ------------------------------------------------------------------------------------- */

/* What one instruction computes for each element. A NaN in any argument gives NaN. */
enum kioku_op {
  KIOKU_OP_FILL = 0,   /* alpha */
  KIOKU_OP_COPY = 1,   /* a */
  KIOKU_OP_ADD = 2,    /* a + b */
  KIOKU_OP_SUB = 3,    /* a - b */
  KIOKU_OP_MUL = 4,    /* a * b */
  KIOKU_OP_MULADD = 5, /* a * b + c */
  KIOKU_OP_AFFINE = 6, /* alpha * a + beta */
  KIOKU_OP_MAX = 7,    /* max(a, b) */
  KIOKU_OP_MIN = 8,    /* min(a, b) */
  KIOKU_OP_RELU = 9,   /* max(a, 0) */
  KIOKU_OP_SIGMOID = 10,
  KIOKU_OP_TANH = 11,
  KIOKU_OP_EXP = 12,
  KIOKU_OP_LOG = 13,
  KIOKU_OP_DIV = 14,    /* a / b */
  KIOKU_OP_STEP = 15,   /* 1 where a > 0, else 0 */
  KIOKU_OP_SPREAD = 16, /* the first column of a, in all columns; a is an operand, not a register */
  KIOKU_OP_FLOOR = 17   /* the greatest whole number <= a; infinities and -0 stay */
};

/* Scratch registers of a program; each holds one block. */
#define KIOKU_REGISTERS 16

/* dst, a, b and c name values: 0, 1, 2, ... an operand of the program; -1, -2, ... -KIOKU_REGISTERS a scratch
 * register. Unused ones are 0. dst may equal a, b or c. */
typedef struct kioku_instruction {
  int32_t op; /* enum kioku_op */
  int32_t dst;
  int32_t a;
  int32_t b;
  int32_t c;
  float alpha;
  float beta;
} kioku_instruction;

/* A matrix in memory: element (row, column) is data[row * row_stride + column]. A row_stride of 0 is one row that
 * stands for all (a bias); such an operand is never written. */
typedef struct kioku_operand {
  float *data;
  int64_t row_stride; /* floats */
} kioku_operand;

/* Runs the instructions, in order, on every element of rows x columns matrices. The work is cut into blocks that stay
 * in the first-level cache, and every instruction runs on one block before the next block begins: an operand that is
 * both read and written must be read before it is written, in program order. */
KIOKU_API void kioku_program_f32(const kioku_instruction *instructions, int64_t count, const kioku_operand *operands,
                                 int64_t rows, int64_t columns);

/* ---- a recurrent layer: matrix products and element-wise programs over time ------------------------------------ */

/* Where the values of a layer live. N is the batch (rows). Element (t, n, j) of a slot lies at
 * base(space) + offset + t * step + n * row + j with the strides of its space. */
enum kioku_space {
  KIOKU_SPACE_PARAMETER = 0, /* kioku_layer.parameters; step 0, row 0 */
  KIOKU_SPACE_GATES = 1,     /* kioku_run.gates, the results of products; step N * gates_width, row gates_width */
  KIOKU_SPACE_SCRATCH = 2,   /* kioku_run.scratch; step 0, row scratch_width */
  KIOKU_SPACE_STATE = 3,     /* kioku_run.state; step 0, row state_row */
  KIOKU_SPACE_INPUT = 4,     /* x; step x_step, row x_row */
  KIOKU_SPACE_OUTPUT = 5,    /* y; step y_step, row y_row */
  KIOKU_SPACE_SIDE = 6,      /* kioku_run.side, what is read beside x; step side_step, row side_row */
  KIOKU_SPACE_ABOVE = 7, /* kioku_run.above, what the layer above reads beside its x; step above_step, row above_row */
  KIOKU_SPACE_TRACE = 8  /* kioku_run.trace, values to look at; step trace_step, row trace_row */
};

typedef struct kioku_slot {
  int64_t space;  /* enum kioku_space */
  int64_t offset; /* floats */
} kioku_slot;

/* result[n, :] += weights (rows x columns, row-major) · argument[n, :] */
typedef struct kioku_product {
  const float *weights;
  int64_t rows;
  int64_t columns;
  int64_t argument;     /* index of a slot in INPUT, SIDE, SCRATCH or STATE, `columns` wide */
  int64_t gates_offset; /* the result: columns [gates_offset, gates_offset + rows) of the gates */
  int64_t period;       /* computed at the steps at which the clock is a multiple of it; 1: at all */
  /* Of an input product: multiplies the x of so many steps before; the run's first steps, which have none, are left
   * out. Of a stage's product: computed at the run's first `delay` steps only, or at all if it is 0. */
  int64_t delay;
} kioku_product;

/* The mean of some matrices' rows, all of them together, and 1 / sqrt(variance + epsilon). The mean is the sum of two
 * floats: where the variance is small, what one of them lacks would be magnified. */
typedef struct kioku_moments {
  const int64_t *arguments; /* (count) indices of slots, `columns` wide each */
  int64_t count;
  int64_t columns;
  int64_t result; /* index of a slot in SCRATCH, 3 columns wide: the mean's two parts, then the other */
  double epsilon;
} kioku_moments;

/* An element-wise program over matrices of N rows; its operands are the layer's slots, by index. */
typedef struct kioku_program {
  const kioku_instruction *instructions;
  int64_t count;
  int64_t columns;
  int64_t period; /* as of a product */
} kioku_program;

/* What one time step does, in order: all products, all moments, all programs. */
typedef struct kioku_stage {
  const kioku_product *products;
  int64_t product_count;
  const kioku_moments *moments;
  int64_t moments_count;
  const kioku_program *programs;
  int64_t program_count;
} kioku_stage;

/* One layer in one direction, made once for a model and shared by all its sessions; never written here. */
typedef struct kioku_layer {
  const kioku_slot *slots;
  int64_t slot_count; /* at most KIOKU_SLOTS */
  const float *parameters;
  const float *gates_init; /* (gates_width): what the products add to; biases, or 0 */
  int64_t gates_width;
  int64_t scratch_width;
  const kioku_product *input_products; /* products of the input alone: computed for many steps at once */
  int64_t input_product_count;
  const kioku_stage *stages;
  int64_t stage_count;
} kioku_layer;

#define KIOKU_SLOTS 1024

/* One call's sizes and work memory. Strides are in floats; step strides are negative when time runs backwards, and
 * x, y, side, above and trace then point at the last step in memory, the first that is computed. */
typedef struct kioku_run {
  int64_t steps; /* T >= 0 */
  int64_t batch; /* N >= 0 */
  int64_t x_step;
  int64_t x_row;
  int64_t y_step;
  int64_t y_row;
  int64_t state_row;
  float *state;        /* row n of the state at state + n * state_row; read and overwritten */
  float *gates;        /* (chunk_steps, N, gates_width) */
  int64_t chunk_steps; /* >= 1: how many steps the input products are computed ahead */
  float *scratch;      /* (N, scratch_width) */
  int64_t clock;       /* >= 0, of the first step; each further step is one more */
  const float *side;   /* this and the next two: unused without slots there */
  float *above;
  float *trace;
  int64_t side_step;
  int64_t side_row;
  int64_t above_step;
  int64_t above_row;
  int64_t trace_step;
  int64_t trace_row;
  float *arguments; /* this and the next two: of fused layers only */
  int64_t threads;  /* >= 1: that share the call; more than 1 needs a team of as many */
  struct kioku_team *team;
} kioku_run;

/* Runs the layer from the state in `run` to the state after its last step, writing every step's output to y.
 * x_offset and y_offset (floats) are added to x and y, so that callers can pass a whole segment. */
KIOKU_API void kioku_layer_f32(const kioku_layer *layer, const kioku_run *run, const float *x, int64_t x_offset,
                               float *y, int64_t y_offset);

/* ---- fused layers: cells with kernels of their own, for small batches ------------------------------------------ */

/* The cells, with the order of their gates and then of their vectors: biases, peepholes. */
enum kioku_fused_cell {
  KIOKU_FUSED_LSTM = 0,             /* i f g o; b_i b_f b_g b_o */
  KIOKU_FUSED_LSTM_PEEPHOLE = 1,    /* i f g o; b_i b_f b_g b_o p_i p_f p_o */
  KIOKU_FUSED_CIFG = 2,             /* f g o; b_f b_g b_o */
  KIOKU_FUSED_CIFG_PEEPHOLE = 3,    /* f g o; b_f b_g b_o p_f p_o */
  KIOKU_FUSED_GRU = 4,              /* r z n; b_r b_z b_n d_n: n = tanh(W_n x + b_n + r (R_n h + d_n)) */
  KIOKU_FUSED_GRU_RESET_BEFORE = 5, /* r z n; b_r b_z b_n: n = tanh(W_n x + R_n (r h) + b_n) */
  KIOKU_FUSED_RNN_TANH = 6,         /* h; b_h */
  KIOKU_FUSED_RNN_RELU = 7          /* h; b_h */
};

/* How weights are kept, and what they are multiplied with. Sums, gates and states are float32 in all. */
enum kioku_precision {
  KIOKU_F32 = 0,
  /* Weights, x and h rounded to the nearest bfloat16, ties to even. */
  KIOKU_BF16 = 1,
  /* A row of weights is 8-bit integers in [-127, 127] times its scale, max|w| / 127; a row of x or h likewise, times a
   * scale of each step: max|a| / 127, or one that is fixed beforehand. Products are summed exactly. A row that holds a
   * NaN or an infinity gives NaN. At most 65,536 columns. */
  KIOKU_INT8 = 2
};

/* One layer in one direction, made once for a model and shared by all its sessions. G gates, V vectors; the output has
 * O floats: P if it is projected, else H. */
typedef struct kioku_fused {
  int64_t cell;           /* enum kioku_fused_cell */
  int64_t precision;      /* enum kioku_precision */
  int64_t input;          /* I */
  int64_t hidden;         /* H */
  int64_t projected;      /* P, of the LSTM and CIFG cells; 0 if there is no projection */
  float x_scale;          /* INT8: that of x; 0: of each row and step its own. What is beyond it is clipped */
  float h_scale;          /* INT8: that of h, likewise */
  int64_t packed_size;    /* 32-bit words; this and the next three are set by kioku_fused_plan_f32 */
  int64_t gates_width;    /* of kioku_run.gates: floats of a step and row */
  int64_t scratch_width;  /* of kioku_run.scratch: floats of a row */
  int64_t argument_width; /* of kioku_run.arguments: floats of a row; (chunk_steps + threads) N rows; 0 for F32 */
  const float *packed;    /* (packed_size) what kioku_fused_pack_f32 wrote; best aligned to 64 bytes */
} kioku_fused;

/* Sets the sizes. They, and what is packed, depend on the active tier. */
KIOKU_API void kioku_fused_plan_f32(kioku_fused *layer);

/* Writes a layer's weights to `packed` (packed_size): input (G H, I) and recurrent (G H, O) row-major, gate after gate;
 * vectors (V, H); projection (P, H), unused if there is none. */
KIOKU_API void kioku_fused_pack_f32(const kioku_fused *layer, const float *input, const float *recurrent,
                                    const float *vectors, const float *projection, float *packed);

/* As kioku_layer_f32. A row of the state is h (O), then c (H) if the cell has one. Not used of `run`: the clock, side,
 * above, trace and their strides. x and y may not overlap: a step reads h where the one before it wrote its output.
 * The result is the same, bit for bit, whatever the number of threads. */
KIOKU_API void kioku_fused_f32(const kioku_fused *layer, const kioku_run *run, const float *x, int64_t x_offset,
                               float *y, int64_t y_offset);

/* One of several layers that run at once, each on threads of its own. */
typedef struct kioku_part {
  const kioku_fused *layer;
  const kioku_run *run; /* its threads and team are not used; arguments: (chunk_steps + threads of its lane) N rows */
  const float *x;       /* NULL: the call's */
  int64_t x_offset;
  float *y; /* NULL: the call's */
  int64_t y_offset;
  int64_t follows; /* 1: its x is written by the part before it, which it follows chunk by chunk; 0: x is there */
  int64_t done;    /* the call's own */
} kioku_part;

/* Runs layers side by side, or behind one another as a wave over layers and time: as many at once as there are threads,
 * else several in turn on a thread; threads that are left are shared out. All have the same steps and chunk_steps;
 * their memory differs, but for what they only read, and x and y of parts that follow. Each computes what
 * kioku_fused_f32 does, bit for bit. threads: at least 1, and at most as many as the team has, of which 1 needs none.
 */
KIOKU_API void kioku_fused_parts_f32(kioku_part *parts, int64_t count, int64_t threads, struct kioku_team *team,
                                     const float *x, float *y);

/* Threads that share calls: one of them is the caller's. They wait for a call awake for some 50 us after the last one,
 * then asleep. A team serves one call at a time. */
typedef struct kioku_team kioku_team;

/* NULL if the threads, at least 1, cannot be made. */
KIOKU_API kioku_team *kioku_team_new(int32_t threads);
KIOKU_API void kioku_team_free(kioku_team *team); /* NULL is allowed */

#ifdef __cplusplus
}
#endif
#endif
