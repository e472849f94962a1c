#include "vector_scalar.h"
#define KERNELS kioku_kernels_scalar
#include "kernels.inc"
