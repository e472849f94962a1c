#include "vector_avx512.h"
#define KERNELS kioku_kernels_avx512_vnni
#include "kernels.inc"
