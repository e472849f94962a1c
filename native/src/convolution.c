/* Convolutions, pools, linear layers and normalisations on the threads of a call. */
#include <stddef.h>

#include "kernels.h"

struct convolution_call {
  const kioku_convolution *convolution;
  const kioku_convolution_run *run;
  const kioku_int8_convolution *codes; /* NULL: floats */
};

static void run_convolution(const void *argument, const struct member *me) {
  const struct convolution_call *call = argument;
  kioku_kernels_active()->convolution(call->convolution, call->run, me);
}

void kioku_convolution_f32(const kioku_convolution *convolution, const kioku_convolution_run *run) {
  const struct convolution_call call = {convolution, run, NULL};
  team_share(run->team, run->threads, run_convolution, &call);
}

int64_t kioku_convolution_work(const kioku_convolution *convolution, const kioku_convolution_run *run) {
  return kioku_kernels_active()->convolution_work(convolution, run);
}

static void run_linear(const void *linear, const struct member *me) { kioku_kernels_active()->linear(linear, me); }

void kioku_linear_f32(const kioku_linear *linear) { team_share(linear->team, linear->threads, run_linear, linear); }

static void run_pool(const void *pool, const struct member *me) { kioku_kernels_active()->pool(pool, me); }

void kioku_pool_f32(const kioku_pool *pool) { team_share(pool->team, pool->threads, run_pool, pool); }

static void run_normalize(const void *normalization, const struct member *me) {
  kioku_kernels_active()->normalize(normalization, me);
}

void kioku_normalize_f32(const kioku_normalization *normalization) {
  team_share(normalization->team, normalization->threads, run_normalize, normalization);
}

static void run_int8_linear(const void *linear, const struct member *me) {
  kioku_kernels_active()->int8_linear(linear, me);
}

int64_t kioku_int8_linear_work(int64_t inputs, int64_t threads) {
  return threads * kioku_kernels_active()->int8_linear_work(inputs);
}

void kioku_linear_int8(const kioku_int8_linear *linear) {
  team_share(linear->team, linear->threads, run_int8_linear, linear);
}

static void run_int8_convolution(const void *argument, const struct member *me) {
  const struct convolution_call *call = argument;
  kioku_kernels_active()->int8_convolution(call->convolution, call->run, call->codes, me);
}

int64_t kioku_int8_convolution_work(const kioku_convolution *convolution, int64_t threads) {
  return threads * kioku_kernels_active()->int8_convolution_work(convolution);
}

void kioku_convolution_int8(const kioku_convolution *convolution, const kioku_convolution_run *run,
                            const kioku_int8_convolution *codes) {
  const struct convolution_call call = {convolution, run, codes};
  team_share(run->team, run->threads, run_int8_convolution, &call);
}
