#include "vector_avx2.h"
#define TIER avx2
#define KERNELS kioku_kernels_avx2
#include "kernels.inc"
