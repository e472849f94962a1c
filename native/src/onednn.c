/* One call for: new buffers, thread count, execution. */
#include <dnnl.h>
#include <string.h>

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

int32_t kioku_onednn_finite(const float *x, int64_t offset, int64_t rows, int64_t row, int64_t width) {
  const uint32_t exponent = 0x7f800000; /* all ones in NaN and infinity: IEEE 754, 3.4 */
  uint32_t found = 0;
  for (int64_t n = 0; n < rows && !found; n++) {
    const float *values = x + offset + n * row;
    for (int64_t k = 0; k < width; k++) {
      uint32_t bits;
      memcpy(&bits, values + k, sizeof bits);
      found |= (bits & exponent) == exponent;
    }
  }
  return !found;
}
