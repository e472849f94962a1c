/* Threads that wait for calls, and the barrier at which those of a call meet at each step. */
#include "team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "kernels.h"

#if KIOKU_X86_64
#define PAUSE() __builtin_ia32_pause()
#else
#define PAUSE() ((void)0)
#endif

/* How often a thread looks before it lets others run: some 10 us, more than the threads of a step are apart when each
 * has a core of its own. */
#define SPINS_BEFORE_YIELD 300

/* How often a worker looks for the next call before it sleeps: some 50 us. A wake-up costs about as much. */
#define SPINS_BEFORE_SLEEP 1500

/* A cache line, and what follows on another. */
#define APART(n) char apart##n[64]

/* The threads that wait read one, those that come write the other. */
struct barrier {
  APART(0);
  atomic_int arrived;
  APART(1);
  atomic_uint generation;
  APART(2);
};

struct worker {
  kioku_team *team;
  pthread_t thread;
  int64_t rank;
};

struct kioku_team {
  struct barrier *barriers; /* as many as threads: of a call, or of its lanes */
  atomic_uint calls;        /* changes with every call, after the task is set */
  atomic_int busy;          /* workers that have not ended the call yet */
  atomic_int asleep;
  atomic_int closed;
  team_task *task;
  const void *argument;
  int64_t threads; /* of the call */
  pthread_mutex_t mutex;
  pthread_cond_t called;
  int64_t workers;
  struct worker worker[];
};

/* For one more look at what others write. */
static void pause_for(int spins) {
  if (spins < SPINS_BEFORE_YIELD)
    PAUSE();
  else
    sched_yield();
}

void team_meet(const struct member *me) {
  if (me->threads == 1)
    return;
  struct barrier *b = me->barrier;
  const unsigned generation = atomic_load_explicit(&b->generation, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&b->arrived, 1, memory_order_acq_rel) == me->threads - 1) {
    atomic_store_explicit(&b->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&b->generation, generation + 1, memory_order_release);
    return;
  }
  for (int spins = 0; atomic_load_explicit(&b->generation, memory_order_acquire) == generation; spins++)
    pause_for(spins);
}

struct member team_lane(const struct member *me, int64_t lanes, int64_t *lane) {
  const int64_t l = ((me->rank + 1) * lanes - 1) / me->threads;
  const int64_t first = l * me->threads / lanes, next = (l + 1) * me->threads / lanes;
  *lane = l;
  return (struct member){me->rank - first, next - first, me->barrier + l};
}

void team_await(const int64_t *counter, int64_t value) {
  for (int spins = 0; __atomic_load_n(counter, __ATOMIC_ACQUIRE) < value; spins++)
    pause_for(spins);
}

void team_report(int64_t *counter, int64_t value) { __atomic_store_n(counter, value, __ATOMIC_RELEASE); }

/* The number of the next call after `last`: awake for a while, then asleep. */
static unsigned next_call(kioku_team *team, unsigned last) {
  unsigned calls = last;
  for (int spins = 0; spins < SPINS_BEFORE_SLEEP; spins++) {
    if ((calls = atomic_load_explicit(&team->calls, memory_order_acquire)) != last)
      return calls;
    PAUSE();
  }
  pthread_mutex_lock(&team->mutex);
  atomic_fetch_add(&team->asleep, 1);
  while ((calls = atomic_load(&team->calls)) == last)
    pthread_cond_wait(&team->called, &team->mutex);
  atomic_fetch_sub(&team->asleep, 1);
  pthread_mutex_unlock(&team->mutex);
  return calls;
}

static void *work(void *argument) {
  const struct worker *me = argument;
  kioku_team *team = me->team;
  for (unsigned call = 0;;) {
    call = next_call(team, call);
    if (atomic_load(&team->closed))
      return NULL;
    if (me->rank < team->threads) {
      const struct member member = {me->rank, team->threads, team->barriers};
      team->task(team->argument, &member);
    }
    atomic_fetch_sub_explicit(&team->busy, 1, memory_order_release);
  }
}

/* Lets the workers see what was set before. A worker that is about to sleep either sees the new number, or counts as
 * asleep already: both are sequentially consistent. */
static void call_workers(kioku_team *team) {
  atomic_fetch_add(&team->calls, 1);
  if (atomic_load(&team->asleep) > 0) {
    pthread_mutex_lock(&team->mutex);
    pthread_cond_broadcast(&team->called);
    pthread_mutex_unlock(&team->mutex);
  }
}

void team_share(kioku_team *team, int64_t threads, team_task *task, const void *argument) {
  struct member me = {0, threads, NULL};
  if (!team || threads <= 1) {
    me.threads = 1;
    task(argument, &me);
    return;
  }
  me.barrier = team->barriers;
  team->task = task;
  team->argument = argument;
  team->threads = threads;
  atomic_store(&team->busy, (int)team->workers);
  call_workers(team);
  task(argument, &me);
  for (int spins = 0; atomic_load_explicit(&team->busy, memory_order_acquire) > 0; spins++)
    pause_for(spins);
}

kioku_team *kioku_team_new(int32_t threads) {
  kioku_team *team = calloc(1, sizeof(kioku_team) + (size_t)threads * sizeof(struct worker));
  if (!team)
    return NULL;
  team->barriers = calloc((size_t)threads, sizeof(struct barrier));
  if (!team->barriers) {
    free(team);
    return NULL;
  }
  team->threads = 1;
  pthread_mutex_init(&team->mutex, NULL);
  pthread_cond_init(&team->called, NULL);
  for (; team->workers < threads - 1; team->workers++) {
    struct worker *w = &team->worker[team->workers];
    w->team = team;
    w->rank = team->workers + 1;
    if (pthread_create(&w->thread, NULL, work, w) != 0) {
      kioku_team_free(team);
      return NULL;
    }
  }
  return team;
}

void kioku_team_free(kioku_team *team) {
  if (!team)
    return;
  atomic_store(&team->closed, 1);
  call_workers(team);
  for (int64_t k = 0; k < team->workers; k++)
    pthread_join(team->worker[k].thread, NULL);
  pthread_cond_destroy(&team->called);
  pthread_mutex_destroy(&team->mutex);
  free(team->barriers);
  free(team);
}
