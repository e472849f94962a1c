/* Copies of arrays whose elements lie otherwise in the copy: rows of any length, transposed matrices, elements that lie
 * apart or are repeated. */
#include <string.h>

#include "kioku.h"

#define INLINE static inline __attribute__((always_inline))

/* Elements at any address. */
typedef uint8_t __attribute__((may_alias)) any8;
typedef uint16_t __attribute__((may_alias, aligned(1))) any16;
typedef uint32_t __attribute__((may_alias, aligned(1))) any32;
typedef uint64_t __attribute__((may_alias, aligned(1))) any64;

/* 16 bytes: what a register of every CPU holds. */
typedef uint8_t vector8 __attribute__((vector_size(16)));
typedef uint16_t vector16 __attribute__((vector_size(16)));
typedef uint32_t vector32 __attribute__((vector_size(16)));
typedef uint64_t vector64 __attribute__((vector_size(16)));

/* ---- rows whose elements lie side by side in both ---- */

/* Above it a call of memcpy costs little. */
#define SHORT 256

INLINE void part(int64_t bytes, const char *from, char *to) { memcpy(to, from, (size_t)bytes); }

/* A row of at least one part and no more than `most` of them, whose last two may overlap. */
#define ROWS(bytes, more)                                                                                              \
  for (int64_t row = 0; row < rows; row++, from += from_row, to += to_row) {                                           \
    if (more)                                                                                                          \
      for (int64_t k = bytes; k < length; k += bytes)                                                                  \
        part(bytes, from + k - bytes, to + k - bytes);                                                                 \
    part(bytes, from + length - bytes, to + length - bytes);                                                           \
  }

static void copy_rows(int64_t length, const char *from, char *to, int64_t rows, int64_t from_row, int64_t to_row) {
  if (length > SHORT)
    for (int64_t row = 0; row < rows; row++)
      memcpy(to + row * to_row, from + row * from_row, (size_t)length);
  else if (length > 16)
    ROWS(16, 1)
  else if (length == 16)
    ROWS(16, 0)
  else if (length >= 8)
    ROWS(8, length > 8)
  else if (length >= 4)
    ROWS(4, length > 4)
  else if (length >= 2)
    ROWS(2, length > 2)
  else
    ROWS(1, 0)
}

/* ---- elements that lie apart, or one again and again ---- */

#define ELEMENTS(type)                                                                                                 \
  INLINE void elements_##type(int64_t count, const type *from, int64_t from_step, type *to, int64_t to_step) {         \
    const int64_t df = from_step / (int64_t)sizeof(type), dt = to_step / (int64_t)sizeof(type);                        \
    if (dt == 1 && df == 0) {                                                                                          \
      const type one = *from;                                                                                          \
      for (int64_t k = 0; k < count; k++)                                                                              \
        to[k] = one;                                                                                                   \
    } else if (dt == 1 && df == 2) {                                                                                   \
      for (int64_t k = 0; k < count; k++)                                                                              \
        to[k] = from[2 * k];                                                                                           \
    } else if (dt == 1 && df == -1) {                                                                                  \
      for (int64_t k = 0; k < count; k++)                                                                              \
        to[k] = from[-k];                                                                                              \
    } else {                                                                                                           \
      for (int64_t k = 0; k < count; k++)                                                                              \
        to[k * dt] = from[k * df];                                                                                     \
    }                                                                                                                  \
  }
ELEMENTS(any8)
ELEMENTS(any16)
ELEMENTS(any32)
ELEMENTS(any64)

/* ---- transposed matrices ---- */

#ifdef __clang__
#define SHUFFLE(vector, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(vector, a, b, ...) __builtin_shuffle(a, b, (vector){__VA_ARGS__})
#endif

/* The elements of two vectors in turn: those of their lower halves, and of their upper ones. */
#define LOW8(a, b) SHUFFLE(vector8, a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH8(a, b) SHUFFLE(vector8, a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define LOW16(a, b) SHUFFLE(vector16, a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH16(a, b) SHUFFLE(vector16, a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define LOW32(a, b) SHUFFLE(vector32, a, b, 0, 4, 1, 5)
#define HIGH32(a, b) SHUFFLE(vector32, a, b, 2, 6, 3, 7)
#define LOW64(a, b) SHUFFLE(vector64, a, b, 0, 2)
#define HIGH64(a, b) SHUFFLE(vector64, a, b, 1, 3)

/* Rows and columns of a block: the first-level cache holds the lines that are read and written. */
#define BLOCK 32

/* Squares of vectors, of which the last may overlap the ones before. Taking the elements of vectors k and k +
 * half in turn moves the index of an element by one bit, from the number of the vector into its place there: as often
 * as there are bits they have changed places. */
#define TRANSPOSE(size)                                                                                                \
  INLINE void square_##size(const char *from, int64_t from_column, char *to, int64_t to_row) {                         \
    enum { SIDE = 128 / size };                                                                                        \
    vector##size x[SIDE], y[SIDE];                                                                                     \
    for (int k = 0; k < SIDE; k++)                                                                                     \
      memcpy(&x[k], from + k * from_column, sizeof x[k]);                                                              \
    for (int bits = 1; bits < SIDE; bits *= 2) {                                                                       \
      for (int k = 0; k < SIDE / 2; k++) {                                                                             \
        y[2 * k] = LOW##size(x[k], x[k + SIDE / 2]);                                                                   \
        y[2 * k + 1] = HIGH##size(x[k], x[k + SIDE / 2]);                                                              \
      }                                                                                                                \
      for (int k = 0; k < SIDE; k++)                                                                                   \
        x[k] = y[k];                                                                                                   \
    }                                                                                                                  \
    for (int k = 0; k < SIDE; k++)                                                                                     \
      memcpy(to + k * to_row, &x[k], sizeof x[k]);                                                                     \
  }                                                                                                                    \
                                                                                                                       \
  static void block_##size(const char *from, int64_t from_column, char *to, int64_t to_row, int64_t rows,              \
                           int64_t columns) {                                                                          \
    enum { SIDE = 128 / size, BYTES = size / 8 };                                                                      \
    if (rows < SIDE || columns < SIDE) {                                                                               \
      for (int64_t row = 0; row < rows; row++)                                                                         \
        for (int64_t column = 0; column < columns; column++)                                                           \
          part(BYTES, from + column * from_column + row * BYTES, to + row * to_row + column * BYTES);                  \
      return;                                                                                                          \
    }                                                                                                                  \
    for (int64_t r = 0; r < rows; r += SIDE)                                                                           \
      for (int64_t c = 0; c < columns; c += SIDE) {                                                                    \
        const int64_t row = r < rows - SIDE ? r : rows - SIDE, column = c < columns - SIDE ? c : columns - SIDE;       \
        square_##size(from + column * from_column + row * BYTES, from_column, to + row * to_row + column * BYTES,      \
                      to_row);                                                                                         \
      }                                                                                                                \
  }
TRANSPOSE(8)
TRANSPOSE(16)
TRANSPOSE(32)
TRANSPOSE(64)

typedef void block_loop(const char *from, int64_t from_column, char *to, int64_t to_row, int64_t rows, int64_t columns);

static void transpose(int64_t bytes, const char *from, int64_t from_column, char *to, int64_t to_row, int64_t rows,
                      int64_t columns) {
  block_loop *const block = bytes == 1 ? block_8 : bytes == 2 ? block_16 : bytes == 4 ? block_32 : block_64;
  const int64_t side = bytes == 1 ? 2 * BLOCK : BLOCK;
  for (int64_t row = 0; row < rows; row += side)
    for (int64_t column = 0; column < columns; column += side)
      block(from + column * from_column + row * bytes, from_column, to + row * to_row + column * bytes, to_row,
            rows - row < side ? rows - row : side, columns - column < side ? columns - column : side);
}

/* ---- which ---- */

static void matrix(int64_t bytes, const char *from, char *to, int64_t columns, int64_t from_column, int64_t to_column,
                   int64_t rows, int64_t from_row, int64_t to_row) {
  if (from_column == bytes && to_column == bytes) {
    copy_rows(columns * bytes, from, to, rows, from_row, to_row);
    return;
  }
  if (from_row == bytes && to_column == bytes && rows > 1) {
    transpose(bytes, from, from_column, to, to_row, rows, columns);
    return;
  }
#define OF(type)                                                                                                       \
  for (int64_t row = 0; row < rows; row++)                                                                             \
    elements_##type(columns, (const void *)(from + row * from_row), from_column, (void *)(to + row * to_row),          \
                    to_column);
  switch (bytes) {
  case 1:
    OF(any8)
    break;
  case 2:
    OF(any16)
    break;
  case 4:
    OF(any32)
    break;
  default:
    OF(any64)
  }
#undef OF
}

void kioku_copy(int64_t bytes, const void *from, void *to, int64_t columns, int64_t from_column, int64_t to_column,
                int64_t rows, int64_t from_row, int64_t to_row, int64_t planes, int64_t from_plane, int64_t to_plane) {
  if (columns <= 0)
    return;
  for (int64_t plane = 0; plane < planes; plane++)
    matrix(bytes, (const char *)from + plane * from_plane, (char *)to + plane * to_plane, columns, from_column,
           to_column, rows, from_row, to_row);
}
