/* Which instruction tier is used: the best usable one, or the one that KIOKU_ISA names. */
#include <sys/wait.h>

#include "caches.h"
#include "check.h"
#include "kernels.h"

/* KIOKU_ISA is read once, so each value needs a process of its own; its exit code is the active tier. */
static int active_with(const char *self, const char *value) {
  const pid_t child = fork();
  if (child == 0) {
    if (value)
      setenv("KIOKU_ISA", value, 1);
    else
      unsetenv("KIOKU_ISA");
    execl(self, self, "--active", (char *)NULL);
    _exit(100);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_override(const char *self) {
  const int detected = kioku_isa_detected();
  const char *const others[] = {NULL, "", "nonsense", "AVX2", "avx2 "};
  for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
    const int active = active_with(self, others[k]);
    check(active == detected, "KIOKU_ISA=%s: tier %d, not %d", others[k] ? others[k] : "(unset)", active, detected);
  }
  for (int32_t isa = 0; kioku_isa_name(isa); isa++) {
    const int active = active_with(self, kioku_isa_name(isa)), wanted = kioku_isa_usable(isa) ? isa : detected;
    check(active == wanted, "KIOKU_ISA=%s: tier %d, not %d", kioku_isa_name(isa), active, wanted);
  }
}

static void test_list(void) {
#define NAME(enumerator, name, where, implied)                                                                         \
  check(strcmp(kioku_isa_name(KIOKU_ISA_##enumerator), #name) == 0, "%d is not " #name, KIOKU_ISA_##enumerator);       \
  check(KIOKU_ISA_##implied <= KIOKU_ISA_##enumerator, #name " implies one behind it");                                \
  if (kioku_isa_usable(KIOKU_ISA_##enumerator)) {                                                                      \
    check(kioku_isa_usable(KIOKU_ISA_##implied), #name " is usable, what it implies is not");                          \
    check(KIOKU_ISA_##enumerator <= kioku_isa_detected(), #name " is better than the best");                           \
    check(kioku_kernels_of(KIOKU_ISA_##enumerator) != NULL, #name " is usable without kernels");                       \
  }
  KIOKU_TIERS(NAME)
  check(kioku_isa_usable(KIOKU_ISA_SCALAR) && kioku_isa_usable(kioku_isa_detected()), "nothing is usable");
  int32_t behind = 0;
  while (kioku_isa_name(behind))
    behind++;
  for (int32_t isa = -1; isa <= behind; isa += behind + 1)
    check(!kioku_isa_name(isa) && !kioku_isa_usable(isa) && !kioku_kernels_of(isa), "there is a tier %d", isa);
}

static void test_caches(void) {
  const struct kioku_caches caches = kioku_caches(), again = kioku_caches();
  check(caches.data >= 8 << 10 && caches.data <= 1 << 20, "first-level cache of %" PRId64 " bytes", caches.data);
  check(caches.second >= caches.data && caches.second <= 1 << 28, "second-level cache of %" PRId64, caches.second);
  check(caches.data == again.data && caches.second == again.second, "other caches at the second call");
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--active") == 0)
    return kioku_isa_active();
  test_list();
  test_caches();
  test_override(argv[0]);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
