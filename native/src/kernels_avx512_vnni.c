#include "vector_avx512.h"
#define TIER avx512_vnni
#define KERNELS kioku_kernels_avx512_vnni
#include "kernels.inc"
