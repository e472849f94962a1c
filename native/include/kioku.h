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
#define KIOKU_ABI 11
KIOKU_API int32_t kioku_abi(void);

/* ---- instruction sets ------------------------------------------------------------------------------------------ */

/* Tiers: sets of instructions that the kernels are compiled for. One is usable when it was built, the CPU has its
 * instructions and those of the tiers that it implies, and the OS saves the registers. */
enum kioku_isa {
  KIOKU_ISA_SCALAR = 0,
  /* x86-64 */
  KIOKU_ISA_AVX2 = 1,        /* and FMA */
  KIOKU_ISA_AVX_VNNI = 2,    /* AVX2, and products of bytes */
  KIOKU_ISA_AVX512 = 3,      /* AVX2, and AVX-512 F, VL, DQ, BW */
  KIOKU_ISA_AVX512_VNNI = 4, /* these, and products of bytes */
  KIOKU_ISA_AVX512_BF16 = 5, /* these, and products of bfloat16 */
  KIOKU_ISA_AMX = 6,         /* these, and products of tiles of either */
  /* 64-bit ARM */
  KIOKU_ISA_NEON = 7,
  KIOKU_ISA_NEON_DOTPROD = 8, /* NEON, and products of bytes */
  KIOKU_ISA_NEON_BF16 = 9     /* these, and products of bfloat16 */
};

/* The best usable tier of this machine: the usable one with the greatest number. */
KIOKU_API int32_t kioku_isa_detected(void);

/* Whether a tier is usable: 1 or 0; 0 for any other number. */
KIOKU_API int32_t kioku_isa_usable(int32_t isa);

/* The tier in use: the detected one, or the usable one that the environment variable KIOKU_ISA names (read once). A
 * name that is unknown, or of a tier that is not usable, changes nothing. */
KIOKU_API int32_t kioku_isa_active(void);

/* "scalar", "avx2", "avx_vnni", ...: the enumerator's name in lower case; NULL for any other number. Static storage. */
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
  KIOKU_OP_FLOOR = 17,  /* the greatest whole number <= a; infinities and -0 stay */
  KIOKU_OP_ERF = 18,    /* the error function: at most 2 ULP from the correctly rounded value; ±0 stay */
  /* Of layers only: between rows in memory and all else, which have no other instructions. */
  KIOKU_OP_LOAD = 24,  /* a, a slot of rows */
  KIOKU_OP_STORE = 25, /* a, into dst, a slot of rows */
  KIOKU_OP_NORM =
      26, /* (a - b - b') * b'': a mean in two parts and a scale of each row, b the first of three NUMBERS */
  /* Of layers only: cells as formulas in C. Slots a, a + 1, ... are what they read, in this order; dst is the output, a
   * slot of rows. */
  KIOKU_OP_LSTM = 32,          /* gates i f g o; state c, also written */
  KIOKU_OP_LSTM_PEEPHOLE = 33, /* gates i f g o; state c, also written; vectors p_i p_f p_o */
  KIOKU_OP_CIFG = 34,          /* gates f g o; state c, also written */
  KIOKU_OP_CIFG_PEEPHOLE = 35, /* gates f g o; state c, also written; vectors p_f p_o */
  KIOKU_OP_GRU = 36            /* gates r z n d; h of the step before: n = tanh(n + r d) */
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

/* ---- elements of other types ------------------------------------------------------------------------------------- */

/* What elements are. */
enum kioku_type {
  KIOKU_TYPE_F32 = 0,
  KIOKU_TYPE_F64 = 1,
  KIOKU_TYPE_S8 = 2,
  KIOKU_TYPE_U8 = 3,
  KIOKU_TYPE_S16 = 4,
  KIOKU_TYPE_U16 = 5,
  KIOKU_TYPE_S32 = 6,
  KIOKU_TYPE_U32 = 7,
  KIOKU_TYPE_S64 = 8,
  KIOKU_TYPE_U64 = 9,
  KIOKU_TYPE_BOOL = 10 /* a byte, 0 or 1 */
};

enum kioku_elements_op {
  KIOKU_ELEMENTS_SELECT = 0, /* b where the truth value a is 1, else c */
  KIOKU_ELEMENTS_EQUAL = 1,  /* truth values of a and b; those of NaN are 0 */
  KIOKU_ELEMENTS_LESS = 2,
  KIOKU_ELEMENTS_LESS_OR_EQUAL = 3,
  KIOKU_ELEMENTS_AND = 4, /* of truth values */
  KIOKU_ELEMENTS_OR = 5,
  KIOKU_ELEMENTS_XOR = 6,
  KIOKU_ELEMENTS_NOT = 7, /* of a */
  KIOKU_ELEMENTS_ADD = 8, /* of S32 and S64, as the next: results wrap */
  KIOKU_ELEMENTS_SUB = 9,
  KIOKU_ELEMENTS_MUL = 10,
  KIOKU_ELEMENTS_DIV = 11, /* towards 0; by 0 it is 0 */
  KIOKU_ELEMENTS_MAX = 12,
  KIOKU_ELEMENTS_MIN = 13,
  KIOKU_ELEMENTS_CAST = 14 /* of a. Reals are truncated: NaN is 0, what does not fit int64 the nearest that does, and
                              what does not fit a smaller type loses its upper bits */
};

/* Matrices, whose elements are `step` apart in a row, and whose rows `row` elements; those of y lie side by side. y may
 * be a, b or c where all three lie alike. */
typedef struct kioku_elements {
  int64_t op;   /* enum kioku_elements_op */
  int64_t from; /* enum kioku_type, of a, b and c; of b and c where op selects */
  int64_t to;   /* of y */
  int64_t rows;
  int64_t columns;
  const void *a;
  int64_t a_row;
  int64_t a_step;
  const void *b; /* NULL where op takes none; so is c */
  int64_t b_row;
  int64_t b_step;
  const void *c;
  int64_t c_row;
  int64_t c_step;
  void *y;
} kioku_elements;

/* 0: there is no such operation of these types, and nothing is done. */
KIOKU_API int64_t kioku_elements_run(const kioku_elements *elements);

/* ---- moving elements ------------------------------------------------------------------------------------------- */

/* Copies an array of three axes, (planes, rows, columns), of elements of 1, 2, 4 or 8 bytes to where it lies otherwise.
 * Each axis has its strides, of whole elements, in bytes; one of 0 in `from` repeats what is there. from and to do not
 * overlap, and may lie at any address. */
KIOKU_API void kioku_copy(int64_t bytes, const void *from, void *to, int64_t columns, int64_t from_column,
                          int64_t to_column, int64_t rows, int64_t from_row, int64_t to_row, int64_t planes,
                          int64_t from_plane, int64_t to_plane);

/* ---- packed matrices ------------------------------------------------------------------------------------------- */

/* How weights are kept, and what they are multiplied with. Sums, gates and states are float32 in all. */
enum kioku_precision {
  KIOKU_F32 = 0,
  /* Weights, x and h rounded to the nearest bfloat16, ties to even. */
  KIOKU_BF16 = 1,
  /* A row of weights is 8-bit integers in [-127, 127] times its scale, max|w| / 127; a row of x or h likewise, times a
   * scale of each step: max|a| / 127, or one that is fixed beforehand. Products are summed exactly: where the CPU has
   * no instruction for that (tiers avx2 and avx512), weights are in [-63, 63], and their scale is max|w| / 63. A row
   * that holds a NaN or an infinity gives NaN. At most 65,536 columns. */
  KIOKU_INT8 = 2
};

/* Units of a block at the active tier: what a layer computes of a gate lies in blocks of so many floats. */
KIOKU_API int32_t kioku_width(void);

/* 32-bit words that kioku_pack_f32 writes. They, and what is packed, depend on the active tier. */
KIOKU_API int64_t kioku_packed_size(int64_t precision, int64_t gates, int64_t units, int64_t columns);

/* Packs matrices (units, columns), row-major, of so many gates, one behind the other, that are multiplied with the same
 * argument. `packed` is best aligned to 64 bytes. A vector of units is a matrix of one column: packed in KIOKU_F32, the
 * `gates` values of a block of units lie behind each other. */
KIOKU_API void kioku_pack_f32(int64_t precision, const float *plain, int64_t gates, int64_t units, int64_t columns,
                              float *packed);

/* Unpacks what kioku_pack_f32 packed, as exactly as that keeps it: packed again it is the same. */
KIOKU_API void kioku_unpack_f32(int64_t precision, const float *packed, int64_t gates, int64_t units, int64_t columns,
                                float *plain);

/* ---- a recurrent layer: packed products and what follows them, over time ---------------------------------------- */

/* Where the values of a layer live. A row is one stream of the batch. */
enum kioku_space {
  /* Planes: a value of each unit and row, in blocks of kioku_width() units. Offsets are in blocks. */
  KIOKU_SPACE_GATES = 0,   /* what products add up to, kept for each step */
  KIOKU_SPACE_VALUES = 1,  /* what one stage keeps for the next ones */
  KIOKU_SPACE_VECTORS = 2, /* kioku_layer.vectors: a value of each unit, the same for all rows; offsets in blocks */
  KIOKU_SPACE_NUMBERS = 3, /* a value of each row; the offset counts them */
  /* Rows in memory: value j of a row's slot is `offset + j` floats behind the row's begin. */
  KIOKU_SPACE_SCRATCH = 4, /* what products multiply that is not given */
  KIOKU_SPACE_STATE = 5,
  KIOKU_SPACE_HIDDEN = 6, /* h of the step before: in the output, or at the first step in the state; read only */
  KIOKU_SPACE_INPUT = 7,
  KIOKU_SPACE_OUTPUT = 8,
  KIOKU_SPACE_SIDE = 9,   /* what is read beside x */
  KIOKU_SPACE_ABOVE = 10, /* what the layer above reads beside its x */
  KIOKU_SPACE_TRACE = 11, /* values to look at */
  KIOKU_SPACES = 12
};

typedef struct kioku_slot {
  int64_t space; /* enum kioku_space */
  int64_t offset;
} kioku_slot;

#define KIOKU_SLOTS 1024

/* gates += matrices of some gates · argument, where the gates of a size begin with their biases. */
typedef struct kioku_product {
  const float *packed; /* kioku_pack_f32 in the layer's precision */
  int64_t gates;
  int64_t units; /* of each gate */
  int64_t columns;
  int64_t argument;     /* index of a slot of rows in memory */
  int64_t gates_offset; /* blocks: the plane of the first gate; those of the others follow */
  const float *bias;    /* packed with gates and units: what the sums begin with; NULL: with what is there */
  float scale;          /* INT8: that of the argument; 0: of each row and step its own. What is beyond it is clipped */
  int64_t period;       /* computed at the steps at which a row's clock is a multiple of it; 1: at all */
  /* Of an input product: multiplies the x of so many steps before; a row's first steps, which have none, are left out.
   * Of a stage's product: computed at a row's first `delay` steps only, or at all if it is 0. */
  int64_t delay;
} kioku_product;

/* What the planes of a gate that no input product begins start from at each step. */
typedef struct kioku_fill {
  int64_t gates_offset; /* blocks */
  int64_t units;
  const float *bias; /* packed; NULL: 0 */
} kioku_fill;

/* The mean of some values' units, all of them together, and 1 / sqrt(variance + epsilon). The mean is the sum of two
 * floats: where the variance is small, what one of them lacks would be magnified. */
typedef struct kioku_moments {
  const int64_t *arguments; /* (count) indices of slots */
  int64_t count;
  int64_t units;
  int64_t result; /* the first of three NUMBERS: the mean's two parts, then the other */
  double epsilon;
} kioku_moments;

/* Units of one size: products, and behind them what the units become, block by block while the sums are hot. */
typedef struct kioku_group {
  int64_t units;
  const kioku_product *products;
  int64_t product_count;
  const kioku_instruction *instructions; /* operands are the layer's slots, by index */
  int64_t instruction_count;
  int64_t period; /* of the instructions, as of a product */
} kioku_group;

/* What one time step does, in order: all products, all moments, all instructions. */
typedef struct kioku_stage {
  const kioku_group *groups;
  int64_t group_count;
  const kioku_moments *moments;
  int64_t moments_count;
} kioku_stage;

/* One layer in one direction, made once for a model and shared by all its sessions; only kioku_layer_plan writes it. */
typedef struct kioku_layer {
  int64_t precision; /* enum kioku_precision, of all products */
  int64_t output;    /* O, the floats of h */
  int64_t in_output; /* 1: h of the step before is read in the output; 0: in the state, which the layer writes itself */
  int64_t clock;     /* where a row's state counts its steps for the periods; -1 if there are none */
  int64_t cycle;     /* the step at which that count begins anew */
  const kioku_slot *slots;
  int64_t slot_count; /* at most KIOKU_SLOTS */
  const float *vectors;
  int64_t gate_blocks;                 /* of GATES */
  int64_t value_blocks;                /* of VALUES */
  int64_t numbers;                     /* NUMBERS of a row */
  int64_t scratch_width;               /* floats of a row of SCRATCH */
  const kioku_product *input_products; /* products of the input alone: computed for many steps at once */
  int64_t input_product_count;
  const kioku_fill *fills;
  int64_t fill_count;
  const kioku_stage *stages;
  int64_t stage_count;
  int64_t argument_width; /* this and the next two are set by kioku_layer_plan: floats of a row that is multiplied */
  int64_t grain;          /* blocks at whose multiples threads may share units */
  int64_t spaces;         /* bits: those that the slots are in */
} kioku_layer;

/* One call's sizes and work memory. Strides are in floats. */
typedef struct kioku_run {
  int64_t steps; /* T >= 0 */
  int64_t batch; /* N >= 0 */
  int64_t x_step;
  int64_t x_row;
  int64_t y_step;
  int64_t y_row;
  int64_t state_row;
  float *state; /* row n of the state at state + n * state_row; read and overwritten */
  float *const
      *rows; /* (N, 3): x, y and state of each row, in place of x, y and state with their row strides; or NULL */
  int64_t backwards;      /* 1: time runs from a row's last step to its first */
  const int32_t *lengths; /* (N): the steps of each row, from 0 to T; NULL: all have T */
  /* Row n takes part in the step at time t if mask[t * mask_step + n * mask_row] is not 0; else its state stays and its
   * output is 0, as it is behind a row's length. NULL: in all. */
  const uint8_t *mask;
  int64_t mask_step;
  int64_t mask_row;
  const float *side; /* this and the next two: unused without slots there */
  float *above;
  float *trace;
  int64_t side_step;
  int64_t side_row;
  int64_t above_step;
  int64_t above_row;
  int64_t trace_step;
  int64_t trace_row;
  int64_t chunk_steps; /* >= 1: how many steps the input products are computed ahead */
  int64_t threads;     /* >= 1: that share the call; more than 1 needs a team of as many */
  struct kioku_team *team;
  void *work; /* kioku_layer_work bytes, aligned to 64 */
} kioku_run;

/* Sets what follows from the rest of a layer at the active tier; once, before its first use. */
KIOKU_API void kioku_layer_plan(kioku_layer *layer);

/* Bytes of work memory for a run of so many rows, steps ahead and threads. */
KIOKU_API int64_t kioku_layer_work(const kioku_layer *layer, int64_t batch, int64_t chunk_steps, int64_t threads);

/* Runs the layer from the state in `run` to the state after its last step, writing every step's output to y: row n of
 * time t of x at x + x_offset + t * x_step + n * x_row, of y likewise. x and y may not overlap: a step reads h where
 * the one before it wrote its output. The result is the same, bit for bit, whatever the number of threads. */
KIOKU_API void kioku_layer_f32(const kioku_layer *layer, const kioku_run *run, const float *x, int64_t x_offset,
                               float *y, int64_t y_offset);

/* One of several layers that run at once, each on threads of its own. */
typedef struct kioku_part {
  const kioku_layer *layer;
  const kioku_run *run; /* its threads and team are not used; work: for the threads of its lane */
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
 * kioku_layer_f32 does, bit for bit. threads: at least 1, and at most as many as the team has, of which 1 needs none.
 */
KIOKU_API void kioku_parts_f32(kioku_part *parts, int64_t count, int64_t threads, struct kioku_team *team,
                               const float *x, float *y);

/* ---- convolutions and linear layers ------------------------------------------------------------------------------ */

/* A window that moves over channels of positions (depth, height, width): element (o, p) of y, for each part of the
 * channels by itself, is bias[o] + the sum of weights[o, i, k] x[i, p * strides - begin + k * dilations], where x is 0
 * outside. Nothing depends on the sizes of the data. */
typedef struct kioku_convolution {
  int64_t groups;  /* the channels are so many parts */
  int64_t inputs;  /* channels of a part of x */
  int64_t outputs; /* of y */
  int64_t kernel[3];
  int64_t strides[3];
  int64_t dilations[3];
  const float *weights; /* (groups, outputs, inputs, kernel) */
  const float *bias;    /* (groups, outputs); NULL: 0 */
  /* Of one group, where y has so few positions that this is faster: the weights again as kioku_pack_f32 has them in
   * KIOKU_F32, one gate of `outputs` units. NULL: not. */
  const float *packed;
} kioku_convolution;

/* One call's data; x is row-major without gaps. */
typedef struct kioku_convolution_run {
  int64_t batch;
  int64_t in[3];    /* positions of x */
  int64_t begin[3]; /* how many positions the first window begins before them; negative: behind their first */
  int64_t out[3];   /* positions of y */
  int64_t channel;  /* floats from a channel of y to the next: (batch, groups, outputs) of them */
  int64_t steps[3]; /* and from a position to the next */
  const float *x;   /* (batch, groups, inputs, in) */
  float *y;
  int64_t threads; /* >= 1: that share the call; more than 1 needs a team of as many */
  struct kioku_team *team;
  void *work; /* kioku_convolution_work bytes, aligned to 64 */
} kioku_convolution_run;

/* Bytes of work memory for a run; x, y and work are not looked at. */
KIOKU_API int64_t kioku_convolution_work(const kioku_convolution *convolution, const kioku_convolution_run *run);

/* The result is the same, bit for bit, whatever the number of threads. */
KIOKU_API void kioku_convolution_f32(const kioku_convolution *convolution, const kioku_convolution_run *run);

/* y = x · weights + bias for any number of rows. */
typedef struct kioku_linear {
  int64_t inputs;
  int64_t outputs;
  const float *packed; /* kioku_pack_f32 in KIOKU_F32: one gate of `outputs` units and `inputs` columns */
  const float *bias;   /* packed likewise, of one column; NULL: 0 */
  int64_t rows;
  const float *x;  /* (rows, inputs) */
  float *y;        /* (rows, outputs) */
  int64_t threads; /* as in kioku_convolution_run */
  struct kioku_team *team;
} kioku_linear;

/* The result is the same, bit for bit, whatever the number of threads. */
KIOKU_API void kioku_linear_f32(const kioku_linear *linear);

/* ---- integer codes ----------------------------------------------------------------------------------------------- */

/* y[k] = x[k] / scale to the nearest integer, ties to even, + zero, within the type `to`: KIOKU_TYPE_U8 to _S16. NaN
 * gives zero. from: KIOKU_TYPE_F32 or _S32. step: 0 where all have one scale and zero point, 1 where each has its own.
 * zero: of type `to`; NULL: 0 */
KIOKU_API void kioku_quantize(int64_t from, int64_t to, int64_t n, const void *x, int64_t step, const float *scale,
                              const void *zero, void *y);

/* y[k] = (x[k] - zero) * scale; from: KIOKU_TYPE_U8 to _S32, also of zero. The rest is as in kioku_quantize. */
KIOKU_API void kioku_dequantize(int64_t from, int64_t n, const void *x, int64_t step, const float *scale,
                                const void *zero, float *y);

/* Codes of 0 to 255 for the range of all elements of x, (rows, columns) so many floats apart, widened to hold 0: scale
 * = (greatest - least) / 255, or 1 where all are 0; zero = -least / scale, rounded; y, (rows, columns) without gaps, as
 * by kioku_quantize. A NaN has no part in the range. */
KIOKU_API void kioku_dynamic_quantize_f32(int64_t rows, int64_t columns, int64_t x_row, const float *x, uint8_t *y,
                                          float *scale, uint8_t *zero);

/* Bytes that kioku_pack_int8 writes; they, and what is packed, depend on the active tier. */
KIOKU_API int64_t kioku_packed_int8_size(int64_t outputs, int64_t inputs);

/* Packs the weights of a kioku_int8_linear: the code of an output and an input lies at output * output_step + input *
 * input_step. `packed` is best aligned to 64 bytes. */
KIOKU_API void kioku_pack_int8(int64_t is_signed, const void *codes, int64_t outputs, int64_t inputs,
                               int64_t output_step, int64_t input_step, float *packed);

/* The sums of (x - x_zero) * (weights - weights_zero) for any number of rows, exact modulo 2^32 at every tier, plus
 * `offsets`; and what becomes of them. Codes and zero points are uint8, or int8 where *_signed is 1. A step is 0 where
 * there is one for all. */
typedef struct kioku_int8_linear {
  int64_t inputs;
  int64_t outputs;
  const float *packed;
  int64_t weights_signed;
  const void *weights_zero; /* of each output; NULL: 0 */
  int64_t weights_zero_step;
  const int32_t *offsets; /* (outputs); NULL: 0 */
  int64_t rows;
  int64_t x_signed;
  const void *x;      /* (rows, inputs) */
  const void *x_zero; /* of each row; NULL: 0 */
  int64_t x_zero_step;
  int64_t y_type; /* S32: sums; F32: sum * (scale * scales) + bias; U8, S8: sum * (scale * scales / y_scale) in codes */
  void *y;        /* (rows, outputs) */
  const float *scale;
  const float *scales; /* of each output */
  int64_t scales_step;
  const float *bias; /* of F32: row i has its own at i * bias_row; NULL: 0 */
  int64_t bias_row;
  const float *y_scale; /* of U8 and S8, else NULL */
  const void *y_zero;
  int64_t threads; /* as in kioku_convolution_run */
  struct kioku_team *team;
  void *work; /* kioku_int8_linear_work bytes, aligned to 64 */
} kioku_int8_linear;

/* Bytes of work memory for so many threads, whatever the number of rows. */
KIOKU_API int64_t kioku_int8_linear_work(int64_t inputs, int64_t threads);

/* The result is the same, bit for bit, whatever the number of threads. */
KIOKU_API void kioku_linear_int8(const kioku_int8_linear *linear);

/* Bytes that kioku_pack_int8_rows writes; they, and what is packed, depend on the active tier. */
KIOKU_API int64_t kioku_packed_int8_rows_size(int64_t rows, int64_t inputs);

/* Packs the weights of a kioku_int8_convolution: codes of (groups outputs, inputs kernel). */
KIOKU_API void kioku_pack_int8_rows(int64_t is_signed, const void *codes, int64_t rows, int64_t inputs, float *packed);

/* What a convolution of 8-bit codes has beside a kioku_convolution and its run, of which weights, bias, x and y are not
 * used: element (o, p) of y is made of offsets[o] + the sum of (weights - weights_zero) (x - x_zero), which is 0
 * outside of x. All is as in kioku_int8_linear; y_type: S32, U8 or S8. */
typedef struct kioku_int8_convolution {
  const float *packed; /* kioku_pack_int8_rows */
  int64_t weights_signed;
  const void *weights_zero; /* of each output channel, as the next three */
  int64_t weights_zero_step;
  const int32_t *offsets;
  const float *scales;
  int64_t scales_step;
  int64_t x_signed;
  const void *x;
  const void *x_zero; /* one for all; NULL: 0 */
  int64_t y_type;
  void *y;
  const float *scale;
  const float *y_scale;
  const void *y_zero;
} kioku_int8_convolution;

/* Bytes of work memory for a run of so many threads, in place of kioku_convolution_work. */
KIOKU_API int64_t kioku_int8_convolution_work(const kioku_convolution *convolution, int64_t threads);

/* The result is the same, bit for bit, at every tier and whatever the number of threads. */
KIOKU_API void kioku_convolution_int8(const kioku_convolution *convolution, const kioku_convolution_run *run,
                                      const kioku_int8_convolution *codes);

/* ---- along an axis --------------------------------------------------------------------------------------------- */

/* Softmax of (outer, count, inner) along the axis in the middle, or where is_log is 1 its logarithm. x may equal y. A
 * NaN, or an infinity that is the largest element, gives NaN in its whole row. */
KIOKU_API void kioku_softmax_f32(int64_t is_log, int64_t outer, int64_t count, int64_t inner, const float *x, float *y);

/* What many numbers become. */
enum kioku_reduce_kind {
  KIOKU_REDUCE_SUM = 0,
  KIOKU_REDUCE_SUM_ABS = 1,
  KIOKU_REDUCE_SUM_SQUARES = 2,
  KIOKU_REDUCE_PRODUCT = 3,
  KIOKU_REDUCE_MAX = 4, /* NaN where there is one; so is the next */
  KIOKU_REDUCE_MIN = 5,
  KIOKU_REDUCE_LOG_SUM_EXP = 6 /* relative to the largest, so that nothing overflows */
};

/* What becomes of the result. */
enum kioku_finish {
  KIOKU_FINISH_NOTHING = 0, /* all but sums have only this */
  KIOKU_FINISH_DIVIDE = 1,  /* by `total` */
  KIOKU_FINISH_ROOT = 2,    /* the square root */
  KIOKU_FINISH_LOG = 3
};

/* The numbers of (outer, count, inner) along the axis in the middle become one each. Of none: 0, 1, -infinity, infinity
 * or -infinity, of integers the least or greatest of the type. The error of a sum does not grow with the number of its
 * terms. Integers that become integers are computed with in 64 bits, and wrap; those that become real, or by ROOT or
 * LOG, as doubles, truncated at the end. */
typedef struct kioku_reduction {
  int64_t from;   /* enum kioku_type, of x */
  int64_t to;     /* of y: that of x, F64, S64 or U64; of F64, S64 and U64 any. MAX and MIN leave it as it is */
  int64_t kind;   /* enum kioku_reduce_kind */
  int64_t finish; /* enum kioku_finish; not of KIOKU_REDUCE_LOG_SUM_EXP */
  int64_t total;
  int64_t outer;
  int64_t count;
  int64_t inner;
  const void *x;
  void *y; /* (outer, inner) */
} kioku_reduction;

KIOKU_API void kioku_reduce(const kioku_reduction *reduction);

/* Where the greatest element of (outer, count, inner) along the axis in the middle is: the first of equal ones. A NaN
 * is greater than all, or less. */
typedef struct kioku_extreme {
  int64_t type;     /* enum kioku_type, not BOOL */
  int64_t is_least; /* 1: the least */
  int64_t is_last;  /* 1: the last of equal ones */
  int64_t outer;
  int64_t count; /* >= 1 */
  int64_t inner;
  const void *x;
  int64_t *y; /* (outer, inner) */
} kioku_extreme;

KIOKU_API void kioku_extreme_index(const kioku_extreme *extreme);

/* An element and where it is. */
typedef struct kioku_ranked {
  int64_t key;
  int64_t index;
} kioku_ranked;

/* The first k elements of (outer, count, inner) along the axis in the middle if it were sorted, from the greatest to
 * the least and of equal ones the first before the last, and where they are. A NaN counts as greater than all. */
typedef struct kioku_top {
  int64_t type;     /* enum kioku_type, not BOOL */
  int64_t is_least; /* 1: from the least to the greatest */
  int64_t outer;
  int64_t count;
  int64_t inner;
  int64_t k; /* 1 to count */
  const void *x;
  void *values;       /* (outer, k, inner) */
  int64_t *indices;   /* likewise; NULL: nobody wants them */
  kioku_ranked *work; /* (k) */
} kioku_top;

KIOKU_API void kioku_top_k(const kioku_top *top);

/* The sum of each element of (outer, count, inner) and all before it along the axis in the middle: float32 as double,
 * integers wrap. */
typedef struct kioku_running {
  int64_t type;         /* enum kioku_type, not BOOL */
  int64_t is_exclusive; /* 1: without the element itself */
  int64_t is_reverse;   /* 1: all behind it instead */
  int64_t outer;
  int64_t count;
  int64_t inner;
  const void *x;
  void *y; /* like x; not x */
} kioku_running;

KIOKU_API void kioku_running_sum(const kioku_running *running);

/* What rows are normalised by. */
enum kioku_normalize {
  KIOKU_NORMALIZE_NOTHING = 0, /* y = x * scale + bias */
  KIOKU_NORMALIZE_SQUARES = 1, /* their mean square: the mean counts as 0 */
  KIOKU_NORMALIZE_CENTRED = 2, /* their variance, the mean taken off */
  KIOKU_NORMALIZE_L1 = 3,      /* the sum of their absolute values: y = x / sum, and 0 where that is 0 */
  KIOKU_NORMALIZE_L2 = 4       /* the root of the sum of their squares, likewise */
};

/* Each row by its own mean and variance: y = (x - mean) / (sqrt(variance + epsilon) + floor) * scale + bias. Element k
 * of all takes scale[k / run % scales]; `run` divides columns. */
typedef struct kioku_normalization {
  int64_t rows;
  int64_t columns;
  int64_t run;        /* elements side by side that share a scale */
  int64_t scales;     /* values of scale and bias */
  int64_t kind;       /* enum kioku_normalize */
  const float *scale; /* NULL: 1 */
  const float *bias;  /* NULL: 0 */
  const float *x;     /* (rows, columns) */
  float *y;           /* may be x */
  float *mean;        /* (rows); NULL: nobody wants it */
  float *inverse;     /* (rows), what was multiplied with; likewise */
  int64_t threads;    /* as in kioku_convolution_run */
  struct kioku_team *team;
  double epsilon;
  double floor;
} kioku_normalization;

/* The result is the same, bit for bit, whatever the number of threads. */
KIOKU_API void kioku_normalize_f32(const kioku_normalization *normalization);

/* ---- pools ----------------------------------------------------------------------------------------------------- */

/* What a window sees becomes its maximum, NaN if it sees one, or its mean, of what lies in x or of its padding too. */
enum kioku_pool_kind { KIOKU_POOL_MAX = 0, KIOKU_POOL_MEAN = 1, KIOKU_POOL_MEAN_PADDED = 2 };

/* A window that moves over planes of positions (depth, height, width), as that of a convolution. One that sees nothing:
 * -infinity, NaN, 0. */
typedef struct kioku_pool {
  int64_t kind; /* enum kioku_pool_kind */
  int64_t planes;
  int64_t in[3];  /* positions of x */
  int64_t out[3]; /* positions of y */
  int64_t kernel[3];
  int64_t strides[3];
  int64_t dilations[3];
  int64_t begin[3]; /* padding before x; less than a window */
  int64_t end[3];   /* and behind it, as far as it counts */
  const float *x;   /* (planes, in) */
  float *y;         /* (planes, out) */
  int64_t *indices; /* of maxima: where in all of x the first lies, or the first NaN; -1 for none. NULL: not wanted */
  int64_t is_column_major; /* of indices: the first dimension of a plane counts as the innermost */
  int64_t threads;         /* as in kioku_convolution_run */
  struct kioku_team *team;
} kioku_pool;

/* The result is the same, bit for bit, whatever the number of threads. */
KIOKU_API void kioku_pool_f32(const kioku_pool *pool);

/* ---- memory and threads ----------------------------------------------------------------------------------------- */

/* Zeros for much that is read again and again, such as packed weights; they begin where a page does. On Linux they lie
 * on pages of 2 MB, rounded up to whole ones: the CPU fetches no further ahead than a page reaches. NULL if there is no
 * such memory. */
KIOKU_API void *kioku_memory_new(int64_t bytes);
/* bytes: as they were asked for. NULL is allowed */
KIOKU_API void kioku_memory_free(void *memory, int64_t bytes);

/* Threads that share calls: one of them is the caller's. They wait for a call awake for some 50 us after the last one,
 * then asleep. A team serves one call at a time. */
typedef struct kioku_team kioku_team;

/* NULL if the threads, 1 to 4096, cannot be made. */
KIOKU_API kioku_team *kioku_team_new(int32_t threads);
KIOKU_API void kioku_team_free(kioku_team *team); /* NULL is allowed */

#ifdef __cplusplus
}
#endif
#endif
