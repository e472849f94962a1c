/* Transposed matrices, in blocks that the first-level cache holds. */
#include <string.h>

#include "kioku.h"

/* Rows and columns of a block: 32 lines of a cache are read while 32 others are written. */
#define BLOCK 32

/* Rows that are written at once: what a compiler makes vectors of. */
#define GROUP 4

/* memcpy of a size that is known: a load and a store at any address. */
static inline __attribute__((always_inline)) void block(int64_t bytes, const char *from, int64_t from_row, char *to,
                                                        int64_t to_row, int64_t rows, int64_t columns) {
  int64_t row = 0;
  for (; row <= rows - GROUP; row += GROUP)
    for (int64_t column = 0; column < columns; column++) {
      const char *source = from + column * from_row + row * bytes;
      char *target = to + row * to_row + column * bytes;
      for (int64_t k = 0; k < GROUP; k++)
        memcpy(target + k * to_row, source + k * bytes, (size_t)bytes);
    }
  for (; row < rows; row++)
    for (int64_t column = 0; column < columns; column++)
      memcpy(to + row * to_row + column * bytes, from + column * from_row + row * bytes, (size_t)bytes);
}

static inline __attribute__((always_inline)) void blocks(int64_t bytes, const char *from, int64_t from_row, char *to,
                                                         int64_t to_row, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; row += BLOCK)
    for (int64_t column = 0; column < columns; column += BLOCK)
      block(bytes, from + column * from_row + row * bytes, from_row, to + row * to_row + column * bytes, to_row,
            rows - row < BLOCK ? rows - row : BLOCK, columns - column < BLOCK ? columns - column : BLOCK);
}

void kioku_transpose(int64_t bytes, const void *from, int64_t from_row, void *to, int64_t to_row, int64_t rows,
                     int64_t columns) {
  switch (bytes) {
  case 1:
    blocks(1, from, from_row, to, to_row, rows, columns);
    break;
  case 2:
    blocks(2, from, from_row, to, to_row, rows, columns);
    break;
  case 4:
    blocks(4, from, from_row, to, to_row, rows, columns);
    break;
  default:
    blocks(8, from, from_row, to, to_row, rows, columns);
  }
}
