/* Memory for weights: zeros on pages of their own, given back whole. */

#include "check.h"
#include "kioku.h"

/* Kilobytes that the process has in memory. */
static long resident(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file) {
    if (fscanf(file, "%*d %ld", &pages) != 1)
      pages = 0;
    fclose(file);
  }
  return pages * 4;
}

static void test_memory(int64_t bytes) {
  uint8_t *memory = kioku_memory_new(bytes);
  check(memory != NULL, "no memory of %lld bytes", (long long)bytes);
  if (!memory)
    return;
  check((uintptr_t)memory % 4096 == 0, "%lld bytes begin within a page", (long long)bytes);
  int64_t others = 0;
  for (int64_t k = 0; k < bytes; k++)
    others += memory[k] != 0;
  check(others == 0, "%lld of %lld bytes are not 0", (long long)others, (long long)bytes);
  for (int64_t k = 0; k < bytes; k++)
    memory[k] = 1;
  kioku_memory_free(memory, bytes);
}

int main(void) {
  const int64_t page = 2 << 20, sizes[] = {1, 4096, page - 1, page, page + 1, 3 * page + 12345};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
    test_memory(sizes[k]);
  const long before = resident();
  for (int cycle = 0; cycle < 200; cycle++)
    test_memory(page + 1);
  check(resident() - before < 8 * page / 1024, "200 cycles leave %ld KB behind", resident() - before);
  check(kioku_memory_new(0) == NULL && kioku_memory_new(-1) == NULL && kioku_memory_new(INT64_MAX) == NULL,
        "memory of no size");
  kioku_memory_free(NULL, 0);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
