/* Internal: threads that share a call. */
#ifndef KIOKU_TEAM_H
#define KIOKU_TEAM_H

#include <stdint.h>

#include "kioku.h"

struct barrier;

/* What one of the threads knows of itself. */
struct member {
  int64_t rank; /* from 0, the caller's */
  int64_t threads;
  struct barrier *barrier; /* unused if there is one thread */
};

/* Waits until all threads of the call are here. What they wrote before is seen by all behind it. */
void team_meet(const struct member *me);

typedef void team_task(const void *argument, const struct member *me);

/* Runs the task once on each of so many threads; at most as many as the team has, of which 1 needs none. */
void team_share(kioku_team *team, int64_t threads, team_task *task, const void *argument);

#endif
