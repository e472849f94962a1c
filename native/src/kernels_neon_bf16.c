#define TIER neon_bf16
#include "vector_neon.h"

#include "kernels.inc"
