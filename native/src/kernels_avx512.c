#include "vector_avx512.h"
#define TIER avx512
#define KERNELS kioku_kernels_avx512
#include "kernels.inc"
