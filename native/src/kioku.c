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

void kioku_fused_plan_f32(kioku_fused *layer) { kioku_kernels_active()->fused_plan(layer); }

void kioku_fused_pack_f32(const kioku_fused *layer, const float *input, const float *recurrent, const float *vectors,
                          const float *projection, float *packed) {
  kioku_kernels_active()->fused_pack(layer, input, recurrent, vectors, projection, packed);
}
