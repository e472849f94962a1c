#define TIER avx2
#include "vector_avx2.h"

#include "kernels.inc"
