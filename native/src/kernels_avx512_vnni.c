#define TIER avx512_vnni
#include "vector_avx512.h"

#include "kernels.inc"
