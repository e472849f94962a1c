/* Internal: threads that share a call. */
#ifndef KIOKU_TEAM_H
#define KIOKU_TEAM_H

#include <stdint.h>

#include "kioku.h"

struct signals;

/* What one of the threads knows of itself. */
struct member {
  int64_t rank; /* from 0, the caller's */
  int64_t threads;
  struct signals *signals; /* of rank 0 and those behind it; unused if there is one thread */
};

/* The same thread as one of its lane: threads of a call that meet among themselves. Sets the lane's number; each of the
 * lanes, at most as many as threads, has at least one. */
struct member team_lane(const struct member *me, int64_t lanes, int64_t *lane);

/* Waits until all threads of the call are here. What they wrote before is seen by all behind it. */
void team_meet(const struct member *me);

/* Waits until the counter of another lane, from which nobody else writes, has come so far: what was written before
 * team_report is seen behind team_await. */
void team_await(const int64_t *counter, int64_t value);
void team_report(int64_t *counter, int64_t value);

typedef void team_task(const void *argument, const struct member *me);

/* Runs the task once on each of so many threads; at most as many as the team has, of which 1 needs none. */
void team_share(kioku_team *team, int64_t threads, team_task *task, const void *argument);

#endif
