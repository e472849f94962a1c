/* The sizes of a core's caches: from the CPU itself on x86-64, from the system elsewhere. */
#include "caches.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* What every machine with vectors has at least. */
static const struct kioku_caches least = {.data = 32 << 10, .second = 512 << 10, .ahead = 4 << 10};

#if defined(__x86_64__)
#include <cpuid.h>

/* One leaf that describes caches: Intel SDM vol. 2A, CPUID leaf 4; AMD's, 0x8000001D, has the same form (AMD64
 * Architecture Programmer's Manual vol. 3, appendix E). A CPU without the leaf has no caches there. */
static void read_caches(uint32_t leaf, struct kioku_caches *found) {
  uint32_t eax, ebx, ecx, edx;
  for (uint32_t index = 0; index < 8 && __get_cpuid_count(leaf, index, &eax, &ebx, &ecx, &edx) && eax & 31; index++) {
    const int64_t ways = (ebx >> 22) + 1, partitions = (ebx >> 12 & 1023) + 1, line = (ebx & 4095) + 1;
    const int64_t size = ways * partitions * line * ((int64_t)ecx + 1);
    const uint32_t type = eax & 31, level = eax >> 5 & 7; /* types: 1 data, 2 instructions, 3 both */
    if (level == 1 && type == 1)
      found->data = size;
    if (level == 2)
      found->second = size;
  }
}

static int is_amd(void) {
  uint32_t eax, name[3];
  return __get_cpuid(0, &eax, &name[0], &name[2], &name[1]) && memcmp(name, "AuthenticAMD", sizeof name) == 0;
}

static void ask(struct kioku_caches *found) {
  read_caches(4, found);
  if (found->data == 0)
    read_caches(0x8000001d, found);
  if (is_amd())
    found->ahead = 0;
}
#elif defined(__linux__)
/* One file of the first processor's description, or "" if there is none. */
static void read_file(int index, const char *name, char text[32]) {
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, name);
  FILE *file = fopen(path, "r");
  text[0] = 0;
  if (file) {
    if (!fgets(text, 32, file))
      text[0] = 0;
    fclose(file);
  }
}

static void ask(struct kioku_caches *found) {
  for (int index = 0; index < 8; index++) {
    char level[32], type[32], size[32];
    long kilobytes;
    read_file(index, "level", level);
    read_file(index, "type", type);
    read_file(index, "size", size); /* such as 64K */
    if (sscanf(size, "%ldK", &kilobytes) != 1)
      continue;
    if (level[0] == '1' && type[0] == 'D')
      found->data = (int64_t)kilobytes << 10;
    if (level[0] == '2')
      found->second = (int64_t)kilobytes << 10;
  }
}
#elif defined(__APPLE__)
#include <sys/sysctl.h>

static int64_t value_of(const char *name) {
  int64_t value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, NULL, 0) == 0 ? value : 0;
}

/* Those of the fast cores. */
static void ask(struct kioku_caches *found) {
  found->data = value_of("hw.perflevel0.l1dcachesize");
  found->second = value_of("hw.perflevel0.l2cachesize");
}
#else
static void ask(struct kioku_caches *found) { (void)found; }
#endif

struct kioku_caches kioku_caches(void) {
  static atomic_llong data, second, ahead; /* threads that come here together find the same */
  struct kioku_caches found = {.second = atomic_load_explicit(&second, memory_order_acquire)};
  if (found.second > 0) {
    found.data = atomic_load_explicit(&data, memory_order_relaxed);
    found.ahead = atomic_load_explicit(&ahead, memory_order_relaxed);
    return found;
  }
  found = (struct kioku_caches){.ahead = least.ahead};
  ask(&found);
  if (found.data < least.data)
    found.data = least.data;
  if (found.second < least.second / 2)
    found.second = least.second;
  atomic_store_explicit(&data, found.data, memory_order_relaxed);
  atomic_store_explicit(&ahead, found.ahead, memory_order_relaxed);
  atomic_store_explicit(&second, found.second, memory_order_release);
  return found;
}
