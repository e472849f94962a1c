#define TIER amx
#include "vector_avx512.h"

#include "kernels.inc"
