#include "vector_avx512.h"
#define TIER amx
#define KERNELS kioku_kernels_amx
#include "kernels.inc"
