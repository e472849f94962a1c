/* One call for: new buffers, thread count, execution. */
#include <dnnl.h>

#include "kioku_onednn.h"

/* From the OpenMP API, 3.2.1 and 3.2.3. Not omp.h: a compiler's own may belong to another OpenMP library than the one
 * that oneDNN uses. */
extern void omp_set_num_threads(int threads);
extern int omp_get_max_threads(void);

int32_t kioku_onednn_execute(const kioku_onednn_call *call, const float *x, int64_t x_offset, float *y,
                             int64_t y_offset) {
  /* oneDNN takes both as void *; it only reads a source. */
  dnnl_status_t status = dnnl_memory_set_data_handle(call->x, (float *)x + x_offset);
  if (status == dnnl_success)
    status = dnnl_memory_set_data_handle(call->y, y + y_offset);
  if (status != dnnl_success)
    return status;
  const int threads = (int)call->threads;
  if (threads != omp_get_max_threads())
    omp_set_num_threads(threads);
  status = dnnl_primitive_execute(call->primitive, call->stream, (int)call->arg_count, call->args);
  /* Waited for even after a failure: the buffers are the caller's again. */
  const dnnl_status_t waited = dnnl_stream_wait(call->stream);
  return status != dnnl_success ? status : waited;
}
