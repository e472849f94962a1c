/* kioku_copy, and kioku_elements_run at every usable tier: each operation of each type it has, against plain
 * loops, over rows with gaps, repeated elements and repeated rows, with guarded buffers. */
#include "check.h"
#include "kernels.h"

enum { MOST = 4096, TRIALS = 3000 };

static struct guarded memory[4];

/* Flush against the guard, whatever an element's size. */
static char *take_bytes(int which, int64_t bytes) {
  const int64_t floats = (bytes + 3) / 4;
  return (char *)(guarded_take(memory[which], floats, 1) + floats) - bytes;
}

static const int64_t some_longs[] = {0, 1, -1, 2, 127, -128, 255, 65535, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
static const double some_reals[] = {0, -0.0, 1.5, -1.5, 300, 3e9, -3e9, 1e19, -1e19, 1e30, NAN, INFINITY, -INFINITY};

static void set_element(char *at, int64_t type) {
  const int64_t whole = some_longs[random_below(sizeof some_longs / sizeof *some_longs)];
  const double real =
      random_below(2) ? some_reals[random_below(sizeof some_reals / sizeof *some_reals)] : (double)random_float(100);
  const float narrow = (float)real;
  if (type == KIOKU_TYPE_F32)
    memcpy(at, &narrow, sizeof narrow);
  else if (type == KIOKU_TYPE_F64)
    memcpy(at, &real, sizeof real);
  else if (type == KIOKU_TYPE_BOOL)
    *at = (char)random_below(2);
  else
    memcpy(at, &whole, (size_t)kioku_type_bytes(type)); /* little-endian */
}

static double real_of(const char *at, int64_t type) {
  float narrow;
  double real;
  memcpy(&narrow, at, sizeof narrow);
  if (type == KIOKU_TYPE_F32)
    return (double)narrow;
  memcpy(&real, at, sizeof real);
  return real;
}

static int is_real(int64_t type) { return type == KIOKU_TYPE_F32 || type == KIOKU_TYPE_F64; }

static int is_unsigned(int64_t type) {
  return type == KIOKU_TYPE_U8 || type == KIOKU_TYPE_U16 || type == KIOKU_TYPE_U32 || type == KIOKU_TYPE_U64 ||
         type == KIOKU_TYPE_BOOL;
}

/* Sign- or zero-extended. */
static int64_t whole_of(const char *at, int64_t type) {
  uint64_t bits = 0;
  const int64_t size = kioku_type_bytes(type);
  memcpy(&bits, at, (size_t)size);
  const int unused = (int)(64 - 8 * size);
  return is_unsigned(type) ? (int64_t)bits : (int64_t)(bits << unused) >> unused;
}

static int order(const char *a, const char *b, int64_t type, int64_t op) {
  if (is_real(type)) {
    const double x = real_of(a, type), y = real_of(b, type);
    return op == KIOKU_ELEMENTS_EQUAL ? x == y : op == KIOKU_ELEMENTS_LESS ? x < y : x <= y;
  }
  const int64_t x = whole_of(a, type), y = whole_of(b, type);
  const int less = is_unsigned(type) ? (uint64_t)x < (uint64_t)y : x < y;
  return op == KIOKU_ELEMENTS_EQUAL ? x == y : op == KIOKU_ELEMENTS_LESS ? less : less || x == y;
}

static int64_t arithmetic(int64_t op, int64_t x, int64_t y) {
  switch (op) {
  case KIOKU_ELEMENTS_ADD:
    return (int64_t)((uint64_t)x + (uint64_t)y);
  case KIOKU_ELEMENTS_SUB:
    return (int64_t)((uint64_t)x - (uint64_t)y);
  case KIOKU_ELEMENTS_MUL:
    return (int64_t)((uint64_t)x * (uint64_t)y);
  case KIOKU_ELEMENTS_DIV:
    return y == 0 ? 0 : y == -1 ? (int64_t)(0 - (uint64_t)x) : x / y;
  case KIOKU_ELEMENTS_MAX:
    return x > y ? x : y;
  default:
    return x < y ? x : y;
  }
}

static double number_of(const char *at, int64_t type) {
  return is_real(type)            ? real_of(at, type)
         : type == KIOKU_TYPE_U64 ? (double)(uint64_t)whole_of(at, type)
                                  : (double)whole_of(at, type);
}

static int64_t truncated(double x) {
  return x != x ? 0 : x >= 0x1p63 ? INT64_MAX : x <= -0x1p63 ? INT64_MIN : (int64_t)x;
}

/* The bits of the element that is expected. */
static uint64_t expected(const kioku_elements *e, const char *a, const char *b, const char *c) {
  uint64_t bits = 0;
  const int64_t op = e->op, size = kioku_type_bytes(e->to);
  if (op == KIOKU_ELEMENTS_SELECT)
    memcpy(&bits, *a ? b : c, (size_t)size);
  else if (op <= KIOKU_ELEMENTS_LESS_OR_EQUAL)
    bits = (uint64_t)order(a, b, e->from, op);
  else if (op <= KIOKU_ELEMENTS_NOT)
    bits = (uint64_t)(op == KIOKU_ELEMENTS_AND   ? *a & *b
                      : op == KIOKU_ELEMENTS_OR  ? *a | *b
                      : op == KIOKU_ELEMENTS_XOR ? *a ^ *b
                                                 : !*a);
  else if (op < KIOKU_ELEMENTS_CAST) {
    const int64_t result = arithmetic(op, whole_of(a, e->from), whole_of(b, e->from));
    memcpy(&bits, &result, (size_t)size);
  } else if (is_real(e->to)) {
    const double real = number_of(a, e->from);
    const float narrow = is_real(e->from)            ? (float)real
                         : e->from == KIOKU_TYPE_U64 ? (float)(uint64_t)whole_of(a, e->from)
                                                     : (float)whole_of(a, e->from); /* rounded once */
    memcpy(&bits, e->to == KIOKU_TYPE_F32 ? (const void *)&narrow : &real, (size_t)size);
  } else if (e->to == KIOKU_TYPE_BOOL)
    bits = is_real(e->from) ? real_of(a, e->from) != 0 : whole_of(a, e->from) != 0;
  else {
    const double real = number_of(a, e->from);
    int64_t whole = is_real(e->from) ? truncated(real) : whole_of(a, e->from);
    if (is_real(e->from) && e->to == KIOKU_TYPE_U64 && real >= 0x1p63)
      whole = real >= 0x1p64 ? -1 : (int64_t)(uint64_t)real;
    memcpy(&bits, &whole, (size_t)size);
  }
  return bits;
}

static int is_nan(uint64_t bits, int64_t type) {
  char at[8];
  memcpy(at, &bits, sizeof bits);
  return is_real(type) && isnan(real_of(at, type));
}

/* Returns whether there is such an operation. */
static int trial(int32_t tier, int64_t op, int64_t from, int64_t to) {
  kioku_elements e = {.op = op, .from = from, .to = to, .rows = 1 + random_below(4)};
  e.columns = random_below(4) ? 1 + random_below(40) : 500 + random_below(400);
  const int operands = op == KIOKU_ELEMENTS_SELECT ? 3 : op == KIOKU_ELEMENTS_NOT || op == KIOKU_ELEMENTS_CAST ? 1 : 2;
  char *data[3] = {NULL, NULL, NULL};
  int64_t rows[3] = {0}, steps[3] = {0}, sizes[3] = {0};
  for (int k = 0; k < operands; k++) {
    const int64_t type = op == KIOKU_ELEMENTS_SELECT && k == 0 ? KIOKU_TYPE_BOOL : from;
    sizes[k] = kioku_type_bytes(type);
    steps[k] = random_below(3) ? 1 : random_below(3);
    rows[k] = random_below(3) ? e.columns * (steps[k] ? steps[k] : 1) + random_below(3) : 0;
    const int64_t count = (e.rows - 1) * rows[k] + (e.columns - 1) * steps[k] + 1;
    data[k] = take_bytes(k, count * sizes[k]);
    for (int64_t i = 0; i < count; i++)
      set_element(data[k] + i * sizes[k], type);
  }
  e.a = data[0], e.a_row = rows[0], e.a_step = steps[0];
  e.b = data[1], e.b_row = rows[1], e.b_step = steps[1];
  e.c = data[2], e.c_row = rows[2], e.c_step = steps[2];
  const int64_t size = kioku_type_bytes(to);
  char *y = take_bytes(3, e.rows * e.columns * size);
  e.y = y;
  if (!kioku_kernels_of(tier)->elements(&e))
    return 0;
  int wrong = 0;
  for (int64_t row = 0; row < e.rows; row++)
    for (int64_t k = 0; k < e.columns; k++) {
      const char *at[3];
      for (int i = 0; i < 3; i++)
        at[i] = data[i] ? data[i] + (row * rows[i] + k * steps[i]) * sizes[i] : NULL;
      uint64_t got = 0;
      memcpy(&got, y + (row * e.columns + k) * size, (size_t)size);
      const uint64_t wanted = expected(&e, at[0], at[1], at[2]);
      wrong += got != wanted && !(is_nan(got, to) && is_nan(wanted, to));
    }
  check(wrong == 0, "%s operation %d of types %d, %d: %d wrong", kioku_isa_name(tier), (int)op, (int)from, (int)to,
        wrong);
  return 1;
}

/* ---- copies ---- */

/* Which of `count` elements, `step` apart, begins at a byte; -1 for none. */
static int64_t element_at(int64_t at, int64_t count, int64_t step) {
  return at % step == 0 && at / step < count ? at / step : -1;
}

/* One copy: axes of so many elements, innermost first, that lie in `from` in some order with gaps, backwards, or
 * repeated; in `to` as they are, with gaps. Flush against inaccessible pages. */
static void copy_case(int64_t bytes, const int64_t counts[3], const int order[3], int64_t gap, int repeated,
                      int backwards) {
  int64_t from_steps[3], to_steps[3], from_size = bytes, to_size = bytes;
  for (int k = 0; k < 3; k++) {
    const int axis = order[k];
    from_steps[axis] = axis == repeated ? 0 : from_size + (k > 0 ? gap : 0);
    if (axis != repeated)
      from_size = from_steps[axis] * counts[axis];
    to_steps[k] = to_size + (k > 0 ? gap : 0);
    to_size = to_steps[k] * counts[k];
  }
  char *from = take_bytes(1, from_size);
  char *to = take_bytes(0, to_size);
  for (int64_t k = 0; k < from_size; k++)
    from[k] = (char)random_bits();
  memset(to, 0, (size_t)to_size);
  if (backwards) {
    from += (counts[0] - 1) * from_steps[0];
    from_steps[0] = -from_steps[0];
  }
  kioku_copy(bytes, from, to, counts[0], from_steps[0], to_steps[0], counts[1], from_steps[1], to_steps[1], counts[2],
             from_steps[2], to_steps[2]);
  int wrong = 0;
  for (int64_t at = 0; at < to_size; at++) {
    const int64_t z = at / to_steps[2], in_plane = at % to_steps[2], y = in_plane / to_steps[1];
    const int64_t in_row = in_plane % to_steps[1], x = element_at(in_row / bytes * bytes, counts[0], bytes);
    const int inside = y < counts[1] && x >= 0;
    const char *source = from + x * from_steps[0] + y * from_steps[1] + z * from_steps[2] + in_row % bytes;
    wrong += to[at] != (inside ? *source : 0);
  }
  check(wrong == 0, "copy of %d bytes, %dx%dx%d, order %d%d%d, gap %d: %d wrong", (int)bytes, (int)counts[2],
        (int)counts[1], (int)counts[0], order[0], order[1], order[2], (int)gap, wrong);
}

static void test_copy(void) {
  static const int64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 16, 17, 31, 32, 33, 67};
  static const int orders[][3] = {{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}};
  enum { SIZES = sizeof sizes / sizeof *sizes };
  for (int64_t bytes = 1; bytes <= 8; bytes *= 2)
    for (int rows = 0; rows < SIZES; rows++)
      for (int columns = 0; columns < SIZES; columns++)
        for (int order = 0; order < 6; order++) {
          const int64_t counts[] = {sizes[columns], sizes[rows], 1 + random_below(3)};
          copy_case(bytes, counts, orders[order], random_below(2) * 8, (int)random_below(8), random_below(4) == 0);
        }
}

int main(void) {
  for (int k = 0; k < 4; k++)
    memory[k] = guarded_new(4 * MOST * 4);
  for (int32_t tier = 0; kioku_isa_name(tier); tier++) {
    int had[KIOKU_ELEMENTS_CAST + 1] = {0};
    for (int k = 0; kioku_isa_usable(tier) && k < TRIALS; k++) {
      const int64_t op = random_below(KIOKU_ELEMENTS_CAST + 1);
      int64_t from = random_below(KIOKU_TYPE_BOOL + 1), to = from;
      if (op >= KIOKU_ELEMENTS_EQUAL && op <= KIOKU_ELEMENTS_LESS_OR_EQUAL)
        to = KIOKU_TYPE_BOOL;
      else if (op >= KIOKU_ELEMENTS_AND && op <= KIOKU_ELEMENTS_NOT)
        from = to = KIOKU_TYPE_BOOL;
      else if (op == KIOKU_ELEMENTS_CAST)
        to = random_below(KIOKU_TYPE_BOOL + 1);
      had[op] |= trial(tier, op, from, to);
    }
    for (int op = 0; kioku_isa_usable(tier) && op <= KIOKU_ELEMENTS_CAST; op++)
      check(had[op], "%s: no operation %d", kioku_isa_name(tier), op);
  }
  test_copy();
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
