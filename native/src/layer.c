/* Recurrent layers on the threads of a call: one alone, or several at once. */
#include "kernels.h"

/* The chunks of one layer, from the first to the last. */
struct layer_call {
  const kioku_layer *layer;
  const kioku_run *run;
  const float *x;
  float *y;
};

static void run_layer(const void *argument, const struct member *me) {
  const struct layer_call *call = argument;
  for (int64_t first = 0; first < call->run->steps; first += call->run->chunk_steps)
    kioku_kernels_active()->layer(call->layer, call->run, first, call->x, call->y, me);
}

void kioku_layer_f32(const kioku_layer *layer, const kioku_run *run, const float *x, int64_t x_offset, float *y,
                     int64_t y_offset) {
  if (run->steps <= 0 || run->batch <= 0)
    return;
  const struct layer_call call = {layer, run, x + x_offset, y + y_offset};
  team_share(run->team, run->threads, run_layer, &call);
}

struct parts_call {
  kioku_part *parts;
  int64_t count;
  const float *x;
  float *y;
};

/* One lane's parts, side by side in time: chunk after chunk of each. */
static void run_parts(const void *argument, const struct member *member) {
  const struct parts_call *call = argument;
  const int64_t lanes = call->count < member->threads ? call->count : member->threads;
  int64_t lane;
  const struct member me = team_lane(member, lanes, &lane);
  const kioku_run *run = call->parts[0].run;
  for (int64_t first = 0; first < run->steps; first += run->chunk_steps)
    for (int64_t k = lane * call->count / lanes; k < (lane + 1) * call->count / lanes; k++) {
      kioku_part *part = &call->parts[k];
      if (part->follows)
        team_await(&call->parts[k - 1].done, first + 1);
      kioku_kernels_active()->layer(part->layer, part->run, first, (part->x ? part->x : call->x) + part->x_offset,
                                    (part->y ? part->y : call->y) + part->y_offset, &me);
      if (me.rank == 0)
        team_report(&part->done, first + run->chunk_steps);
    }
}

void kioku_parts_f32(kioku_part *parts, int64_t count, int64_t threads, kioku_team *team, const float *x, float *y) {
  if (count <= 0 || parts[0].run->steps <= 0 || parts[0].run->batch <= 0)
    return;
  for (int64_t k = 0; k < count; k++)
    parts[k].done = 0;
  const struct parts_call call = {parts, count, x, y};
  team_share(team, threads, run_parts, &call);
}
