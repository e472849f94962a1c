#define TIER neon_dotprod
#include "vector_neon.h"

#include "kernels.inc"
