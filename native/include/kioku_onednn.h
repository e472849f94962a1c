/*
 * libkioku_onednn: runs a prepared oneDNN primitive in one call. Its own library, so that a process which never uses
 * oneDNN does not load it. Primitives, memory objects and scratchpads are made by the Java side through oneDNN's C API.
 */
#ifndef KIOKU_ONEDNN_H
#define KIOKU_ONEDNN_H

#include "kioku.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kioku_onednn_call {
  void *primitive;  /* dnnl_primitive_t */
  void *stream;     /* dnnl_stream_t */
  const void *args; /* dnnl_exec_arg_t[arg_count] */
  int64_t arg_count;
  void *x;         /* dnnl_memory_t of the source: its data handle is set by each call */
  void *y;         /* dnnl_memory_t of the destination: likewise */
  int64_t threads; /* OpenMP threads; set for the calling thread before the primitive runs */
} kioku_onednn_call;

/* Points x and y at the caller's buffers (offsets in floats), sets the thread count and executes.
 * Returns dnnl_status_t: 0 is success. */
KIOKU_API int32_t kioku_onednn_execute(const kioku_onednn_call *call, const float *x, int64_t x_offset, float *y,
                                       int64_t y_offset);

/* Whether no float of x (rows, width) is NaN or infinite; a row begins every `row` floats, the first at `offset`. */
KIOKU_API int32_t kioku_onednn_finite(const float *x, int64_t offset, int64_t rows, int64_t row, int64_t width);

#ifdef __cplusplus
}
#endif
#endif
