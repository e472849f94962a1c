/* The public functions that exist once per instruction set: each calls the active one. */
#include "kernels.h"

int32_t kioku_abi(void) { return KIOKU_ABI; }

void kioku_sigmoid_f32(int64_t n, const float *x, float *y) { kioku_kernels_active()->sigmoid(n, x, y); }
void kioku_tanh_f32(int64_t n, const float *x, float *y) { kioku_kernels_active()->tanh(n, x, y); }
void kioku_exp_f32(int64_t n, const float *x, float *y) { kioku_kernels_active()->exp(n, x, y); }
void kioku_log_f32(int64_t n, const float *x, float *y) { kioku_kernels_active()->log(n, x, y); }

void kioku_program_f32(const kioku_instruction *instructions, int64_t count, const kioku_operand *operands,
                       int64_t rows, int64_t columns) {
  kioku_kernels_active()->program(instructions, count, operands, rows, columns);
}

int32_t kioku_width(void) { return (int32_t)kioku_kernels_active()->width; }

int64_t kioku_packed_size(int64_t precision, int64_t gates, int64_t units, int64_t columns) {
  return kioku_kernels_active()->packed_size(precision, gates, units, columns);
}

void kioku_pack_f32(int64_t precision, const float *plain, int64_t gates, int64_t units, int64_t columns,
                    float *packed) {
  kioku_kernels_active()->pack(precision, plain, gates, units, columns, packed);
}

void kioku_unpack_f32(int64_t precision, const float *packed, int64_t gates, int64_t units, int64_t columns,
                      float *plain) {
  kioku_kernels_active()->unpack(precision, packed, gates, units, columns, plain);
}

void kioku_layer_plan(kioku_layer *layer) { kioku_kernels_active()->layer_plan(layer); }

int64_t kioku_layer_work(const kioku_layer *layer, int64_t batch, int64_t chunk_steps, int64_t threads) {
  return kioku_kernels_active()->layer_work(layer, batch, chunk_steps, threads);
}

void kioku_quantize(int64_t from, int64_t to, int64_t n, const void *x, int64_t step, const float *scale,
                    const void *zero, void *y) {
  kioku_kernels_active()->quantize(from, to, n, x, step, scale, zero, y);
}

void kioku_dequantize(int64_t from, int64_t n, const void *x, int64_t step, const float *scale, const void *zero,
                      float *y) {
  kioku_kernels_active()->dequantize(from, n, x, step, scale, zero, y);
}

void kioku_dynamic_quantize_f32(int64_t rows, int64_t columns, int64_t x_row, const float *x, uint8_t *y, float *scale,
                                uint8_t *zero) {
  kioku_kernels_active()->dynamic_quantize(rows, columns, x_row, x, y, scale, zero);
}

int64_t kioku_packed_int8_size(int64_t outputs, int64_t inputs) {
  return kioku_kernels_active()->packed_int8_size(outputs, inputs);
}

void kioku_pack_int8(int64_t is_signed, const void *codes, int64_t outputs, int64_t inputs, int64_t output_step,
                     int64_t input_step, float *packed) {
  kioku_kernels_active()->pack_int8(is_signed, codes, outputs, inputs, output_step, input_step, packed);
}

int64_t kioku_packed_int8_rows_size(int64_t rows, int64_t inputs) {
  return kioku_kernels_active()->packed_int8_rows_size(rows, inputs);
}

void kioku_pack_int8_rows(int64_t is_signed, const void *codes, int64_t rows, int64_t inputs, float *packed) {
  kioku_kernels_active()->pack_int8_rows(is_signed, codes, rows, inputs, packed);
}

void kioku_softmax_f32(int64_t is_log, int64_t outer, int64_t count, int64_t inner, const float *x, float *y) {
  kioku_kernels_active()->softmax(is_log, outer, count, inner, x, y);
}

void kioku_reduce(const kioku_reduction *reduction) { kioku_kernels_active()->reduce(reduction); }

void kioku_extreme_index(const kioku_extreme *extreme) { kioku_kernels_active()->extreme(extreme); }

void kioku_top_k(const kioku_top *top) { kioku_kernels_active()->top(top); }

void kioku_running_sum(const kioku_running *running) { kioku_kernels_active()->running_sum(running); }

int64_t kioku_elements_run(const kioku_elements *elements) { return kioku_kernels_active()->elements(elements); }
