package io.kioku.internal.onnx.op.matrix;

import io.kioku.internal.onnx.op.Broadcasting;
import java.util.Arrays;

/// Walks over a batch whose dimensions two operands share, those of 1 standing for all: tells which
/// matrix of each is next.
final class BatchWalk {
  private final long[] dims;
  private final long[] aSteps;
  private final long[] bSteps;
  private final long[] index;
  private long a;
  private long b;

  /// @param dims of the batch
  /// @param aDims of the first operand's batch; as many or fewer
  BatchWalk(long[] dims, long[] aDims, long[] bDims) {
    this.dims = dims;
    this.aSteps = Broadcasting.strides(aDims, dims);
    this.bSteps = Broadcasting.strides(bDims, dims);
    this.index = new long[dims.length];
  }

  void reset() {
    Arrays.fill(index, 0);
    a = 0;
    b = 0;
  }

  /// The number of the first operand's matrix.
  long a() {
    return a;
  }

  /// The number of the second operand's matrix.
  long b() {
    return b;
  }

  /// Goes on to the next; from the last one to the first.
  void next() {
    for (int i = dims.length - 1; i >= 0; i--) {
      a += aSteps[i];
      b += bSteps[i];
      if (++index[i] < dims[i]) {
        return;
      }
      a -= index[i] * aSteps[i];
      b -= index[i] * bSteps[i];
      index[i] = 0;
    }
  }
}
