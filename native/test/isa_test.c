/* Which instruction set is used: the machine's, or a lower one that KIOKU_ISA names. */
#include <sys/wait.h>

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
  check(detected >= KIOKU_ISA_SCALAR && detected <= KIOKU_ISA_AMX, "detected %d", detected);
  check(kioku_isa_name(-1) == NULL && kioku_isa_name(KIOKU_ISA_AMX + 1) == NULL, "a tier without a number has a name");
  const struct {
    const char *value;
    int active;
  } cases[] = {{NULL, detected},
               {"", detected},
               {"nonsense", detected},
               {"AVX2", detected},
               {"scalar", KIOKU_ISA_SCALAR},
               {"avx2", detected < KIOKU_ISA_AVX2 ? detected : KIOKU_ISA_AVX2},
               {"avx512", detected < KIOKU_ISA_AVX512 ? detected : KIOKU_ISA_AVX512},
               {"avx512_bf16", detected < KIOKU_ISA_AVX512_BF16 ? detected : KIOKU_ISA_AVX512_BF16},
               {"amx", detected}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const int active = active_with(self, cases[k].value);
    check(active == cases[k].active, "KIOKU_ISA=%s: tier %d, not %d", cases[k].value ? cases[k].value : "(unset)",
          active, cases[k].active);
  }
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--active") == 0)
    return kioku_isa_active();
  test_override(argv[0]);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
