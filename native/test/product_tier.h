/* What product_test.c sees of one tier's products (product.inc): each is compiled from product_tier.c. */
#ifndef KIOKU_PRODUCT_TIER_H
#define KIOKU_PRODUCT_TIER_H

#include <stdint.h>

struct product_tier {
  int64_t width, panel, weights_most;
  int64_t (*packed_words)(int64_t precision, int64_t vectors, int64_t columns);
  int64_t (*argument_words)(int64_t precision, int64_t columns);
  void (*pack)(int64_t precision, const float *plain, int64_t gates, int64_t units, int64_t columns, float *packed);
  void (*unpack)(int64_t precision, const float *packed, int64_t gates, int64_t units, int64_t columns, float *plain);
  void (*quantize)(int64_t precision, const float *x, int64_t n, float fixed, float *row);
  /* All panels of a packed matrix; to: (vectors) */
  void (*product)(int64_t precision, const float *packed, int64_t vectors, int64_t columns, const float *const *a,
                  const int64_t *at, int64_t rows, int in_order, float *const *to, const float *bias, int accumulate);
};

#endif
