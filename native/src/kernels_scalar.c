#define TIER scalar
#include "vector_scalar.h"

#include "kernels.inc"
