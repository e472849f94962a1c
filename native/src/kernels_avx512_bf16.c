#define TIER avx512_bf16
#include "vector_avx512.h"

#include "kernels.inc"
