/* Threads that wait for calls, and the barrier at which those of a call meet at each step. */
#include "team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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

/* 2 to this power is the most threads that meet. */
#define ROUNDS 12

/* How far one thread has come: the number of its last meeting, for each of the others that wait for it. Each on cache
 * lines of its own, which the thread writes and one other reads: to bring a line from another core may take 0.3 us, and
 * twice that if the other wrote it. */
struct signals {
  struct {
    _Alignas(128) atomic_ullong come;
  } round[ROUNDS];
  _Alignas(128) unsigned long long meeting;
};

struct worker {
  kioku_team *team;
  pthread_t thread;
  int64_t rank;
};

struct kioku_team {
  struct signals *signals; /* of each thread */
  atomic_uint calls;       /* changes with every call, after the task is set */
  atomic_int busy;         /* workers that have not ended the call yet */
  atomic_int asleep;
  atomic_int closed;
  team_task *task;
  const void *argument;
  int64_t threads;          /* of the call */
  unsigned long long first; /* the number before the call's first meeting */
  atomic_ullong last;       /* the highest of all so far */
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

/* A dissemination barrier (Hensgen, Finkel, Manber, 1988): in round k each thread waits for the one 2^k before it,
 * which may be a meeting ahead. Two threads exchange one cache line each, at the same time. */
void team_meet(const struct member *me) {
  if (me->threads == 1)
    return;
  const unsigned long long meeting = ++me->signals[me->rank].meeting;
  int64_t distance = 1;
  for (int round = 0; distance < me->threads; round++, distance *= 2) {
    const int64_t before = (me->rank + me->threads - distance) % me->threads;
    atomic_store_explicit(&me->signals[me->rank].round[round].come, meeting, memory_order_release);
    const atomic_ullong *come = &me->signals[before].round[round].come;
    for (int spins = 0; atomic_load_explicit(come, memory_order_acquire) < meeting; spins++)
      pause_for(spins);
  }
}

/* Runs a call's task as one of its threads. Its meetings have higher numbers than all before, whoever met at those. */
static void take_part(kioku_team *team, int64_t rank) {
  struct signals *mine = &team->signals[rank];
  mine->meeting = team->first;
  const struct member me = {rank, team->threads, team->signals};
  team->task(team->argument, &me);
  unsigned long long last = atomic_load_explicit(&team->last, memory_order_relaxed);
  while (last < mine->meeting && !atomic_compare_exchange_weak(&team->last, &last, mine->meeting))
    ;
}

struct member team_lane(const struct member *me, int64_t lanes, int64_t *lane) {
  const int64_t l = ((me->rank + 1) * lanes - 1) / me->threads;
  const int64_t first = l * me->threads / lanes, next = (l + 1) * me->threads / lanes;
  *lane = l;
  return (struct member){me->rank - first, next - first, me->signals + first};
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
    if (me->rank < team->threads)
      take_part(team, me->rank);
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
  if (!team || threads <= 1) {
    const struct member alone = {0, 1, NULL};
    task(argument, &alone);
    return;
  }
  team->task = task;
  team->argument = argument;
  team->threads = threads;
  team->first = atomic_load(&team->last);
  atomic_store(&team->busy, (int)team->workers);
  call_workers(team);
  take_part(team, 0);
  for (int spins = 0; atomic_load_explicit(&team->busy, memory_order_acquire) > 0; spins++)
    pause_for(spins);
}

kioku_team *kioku_team_new(int32_t threads) {
  if (threads < 1 || threads > 1 << ROUNDS)
    return NULL;
  kioku_team *team = calloc(1, sizeof(kioku_team) + (size_t)threads * sizeof(struct worker));
  if (!team)
    return NULL;
  team->signals = aligned_alloc(128, (size_t)threads * sizeof(struct signals));
  if (!team->signals) {
    free(team);
    return NULL;
  }
  memset(team->signals, 0, (size_t)threads * sizeof(struct signals));
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
  free(team->signals);
  free(team);
}
