#define TIER avx512
#include "vector_avx512.h"

#include "kernels.inc"
