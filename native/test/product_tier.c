/* The products of one tier: TIER its name, VECTOR its vocabulary. */
#include "product_tier.h"

#include VECTOR

#include "kernels.h"
#include "vector.h"

#include "quantize.inc"

#include "product.inc"

static void product(int64_t precision, const float *packed, int64_t vectors, int64_t columns, const float *const *a,
                    const int64_t *at, int64_t rows, int in_order, float *const *to, const float *bias,
                    int accumulate) {
  const struct packed m = {precision, packed, vectors, words(precision, columns)};
  const struct product_rows r = {a, at, rows, in_order};
  struct tiling now = {0, 0};
  for (int64_t panel = 0; panel * PANEL < vectors; panel++)
    panel_product(&now, &m, panel, &r, to + panel * PANEL, bias ? bias + panel * PANEL * WIDTH : NULL, accumulate);
  release(&now);
}

#define TABLE_NAME(tier) product_##tier
#define TABLE_OF(tier) TABLE_NAME(tier)
const struct product_tier TABLE_OF(TIER) = {WIDTH, PANEL,  BYTE_WEIGHTS_MOST, packed_words, argument_words,
                                            pack,  unpack, quantize_row,      product};
