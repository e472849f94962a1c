#include "vector_scalar.h"
#define TIER scalar
#define KERNELS kioku_kernels_scalar
#include "kernels.inc"
