package io.kioku.internal.onnx.op.matrix;

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
    this.aSteps = steps(dims, aDims);
    this.bSteps = steps(dims, bDims);
    this.index = new long[dims.length];
  }

  private static long[] steps(long[] dims, long[] own) {
    long[] steps = new long[dims.length];
    long step = 1;
    for (int i = own.length - 1; i >= 0; i--) {
      steps[i + dims.length - own.length] = own[i] == 1 ? 0 : step;
      step *= own[i];
    }
    return steps;
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
