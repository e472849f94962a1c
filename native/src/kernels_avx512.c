#include "vector_avx512.h"
#define KERNELS kioku_kernels_avx512
#include "kernels.inc"
