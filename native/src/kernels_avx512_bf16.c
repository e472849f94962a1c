#include "vector_avx512.h"
#define TIER avx512_bf16
#define KERNELS kioku_kernels_avx512_bf16
#include "kernels.inc"
