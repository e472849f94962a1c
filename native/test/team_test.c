/* Threads that share a call: who runs, where they meet, and what they cost when cores or threads are lacking. */
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include "check.h"
#include "team.h"

enum { THREADS = 3, MEETINGS = 20000, LANES = 2 };

/* What each thread of a call has done so far. */
static int64_t steps[THREADS];
static int apart; /* threads that met others who were not at their step */

static void step_with(const struct member *me, int64_t meetings) {
  for (int64_t step = 1; step <= meetings; step++) {
    steps[me->rank] = step;
    team_meet(me);
    for (int64_t other = 0; other < me->threads; other++)
      if (steps[other] != step)
        __atomic_fetch_add(&apart, 1, __ATOMIC_RELAXED);
    team_meet(me);
  }
}

static void step_together(const void *argument, const struct member *me) {
  (void)argument;
  step_with(me, MEETINGS);
}

static void step_a_little(const void *argument, const struct member *me) {
  (void)argument;
  step_with(me, 20);
}

/* More often in one lane than in the other. */
static void meet_in_lanes(const void *argument, const struct member *me) {
  (void)argument;
  int64_t lane;
  const struct member mine = team_lane(me, LANES, &lane);
  for (int meeting = 0; meeting < 30 * (1 + (int)lane); meeting++)
    team_meet(&mine);
}

/* On one core a thread that only span at a meeting would keep the others from it for a whole slice of the scheduler,
 * each time: minutes, where this takes some tenths of a second. The time limit of the test is what fails. */
static void test_one_core(kioku_team *team) {
  team_share(team, THREADS, step_together, NULL);
  check(apart == 0, "%d times a thread was not where the others met", apart);
}

/* Meetings of one call are not taken for those of another, whoever met before and how often. */
static void test_calls_in_turn(kioku_team *team) {
  for (int call = 0; call < 300; call++) {
    memset(steps, 0, sizeof steps);
    apart = 0;
    const int64_t threads = call % 3 == 0 ? THREADS : THREADS - 1;
    team_share(team, threads, call % 5 == 0 ? meet_in_lanes : step_a_little, NULL);
    check(apart == 0, "call %d: %d times a thread was not where the others met", call, apart);
  }
}

static void note_lane(const void *argument, const struct member *me) {
  (void)argument;
  int64_t lane;
  const struct member mine = team_lane(me, LANES, &lane);
  const int64_t expected = me->rank == 0 ? 0 : 1; /* one thread, then two */
  check(lane == expected && mine.threads == 1 + expected && mine.rank == me->rank - expected,
        "thread %d is number %d of %d in lane %d", (int)me->rank, (int)mine.rank, (int)mine.threads, (int)lane);
  for (int meeting = 0; meeting < 1000 * (1 + (int)lane); meeting++)
    team_meet(&mine); /* more often in one lane than in the other: they do not wait for each other */
}

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Half a second of spinning would cost as much for each thread. */
static void test_idle(void) {
  const struct timespec settle = {0, 50000000}, idle = {0, 500000000};
  nanosleep(&settle, NULL);
  const double before = cpu_seconds();
  nanosleep(&idle, NULL);
  const double spent = cpu_seconds() - before;
  check(spent < 0.05, "threads without a call took %.3f s of 0.5 s", spent);
}

static void count(const void *argument, const struct member *me) {
  (void)argument;
  steps[0] += me->threads;
}

/* Where the system refuses a thread there is no team, and the caller computes alone. */
static void test_refused(void) {
  free(malloc(1 << 14)); /* so that there is room for all but the threads */
  struct rlimit before;
  getrlimit(RLIMIT_AS, &before);
  const struct rlimit none = {1, before.rlim_max}; /* no address space for another stack */
  setrlimit(RLIMIT_AS, &none);
  kioku_team *team = kioku_team_new(THREADS);
  setrlimit(RLIMIT_AS, &before);
  check(team == NULL, "a team without threads");
  steps[0] = 0;
  team_share(team, THREADS, count, NULL);
  check(steps[0] == 1, "%d threads instead of the caller", (int)steps[0]);
}

int main(void) {
  test_refused(); /* first: stacks of threads that have ended are used again */
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one); /* those made later inherit it */
  kioku_team *team = kioku_team_new(THREADS);
  test_one_core(team);
  test_calls_in_turn(team);
  team_share(team, THREADS, note_lane, NULL);
  test_idle();
  kioku_team_free(team);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    CPU_SET(cpu, &one); /* all there are */
  sched_setaffinity(0, sizeof one, &one);
  team = kioku_team_new(THREADS);
  test_calls_in_turn(team);
  kioku_team_free(team);
  printf(failures ? "%d failures\n" : "ok\n", failures);
  return failures != 0;
}
