#define TIER avx_vnni
#include "vector_avx2.h"

#include "kernels.inc"
