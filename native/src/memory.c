/* Memory on large pages, where the system gives them. */
#define _DEFAULT_SOURCE /* madvise */
#include "kioku.h"

#include <stdlib.h>
#include <string.h>

#if defined(__linux__)
#include <sys/mman.h>

/* A page of the second level on x86-64, and on arm64 where pages are of 4 KB; the system ignores what it cannot use. */
static const uintptr_t page = (uintptr_t)2 << 20;

static uintptr_t whole_pages(int64_t bytes) { return ((uintptr_t)bytes + page - 1) / page * page; }

void *kioku_memory_new(int64_t bytes) {
  if (bytes <= 0 || bytes > PTRDIFF_MAX / 2)
    return NULL;
  const uintptr_t size = whole_pages(bytes);
  void *all = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED)
    return NULL;
  /* Where a page begins; what is before and behind goes back. */
  const uintptr_t from = (uintptr_t)all, at = (from + page - 1) / page * page;
  if (at > from)
    munmap(all, at - from);
  munmap((void *)(at + size), from + page - at);
  madvise((void *)at, size, MADV_HUGEPAGE);
  return (void *)at;
}

void kioku_memory_free(void *memory, int64_t bytes) {
  if (memory)
    munmap(memory, whole_pages(bytes));
}
#else
void *kioku_memory_new(int64_t bytes) {
  void *memory;
  if (bytes <= 0 || posix_memalign(&memory, 4096, (size_t)bytes) != 0)
    return NULL;
  return memset(memory, 0, (size_t)bytes);
}

void kioku_memory_free(void *memory, int64_t bytes) {
  (void)bytes;
  free(memory);
}
#endif
