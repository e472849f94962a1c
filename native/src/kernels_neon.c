#define TIER neon
#include "vector_neon.h"

#include "kernels.inc"
