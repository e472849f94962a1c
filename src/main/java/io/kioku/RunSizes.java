package io.kioku;

/// Checks the sizes of a session's runs before native code sees them.
final class RunSizes {
  private final int inputWidth;
  private final int outputSize;
  private int[] checkedLengths = {};

  RunSizes(int inputWidth, int outputSize) {
    this.inputWidth = inputWidth;
    this.outputSize = outputSize;
  }

  /// T, if that many values of x make whole steps.
  int steps(long floats, int batch) {
    long step = (long) batch * inputWidth;
    if (floats == step) {
      return 1; // without a division, which the shortest of runs would notice
    }
    if (floats % step != 0 || floats / step > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "x has %d values, expected a multiple of N · I = %d · %d"
              .formatted(floats, batch, inputWidth));
    }
    return (int) (floats / step);
  }

  void checkOutput(long floats, int steps, int batch) {
    long expected = Math.multiplyExact((long) steps * batch, (long) outputSize);
    if (floats != expected) {
      throw new IllegalArgumentException(
          "y has %d values, expected %d: T %d · N %d · %d features"
              .formatted(floats, expected, steps, batch, outputSize));
    }
  }

  void checkStep(long floats, int batch) {
    long expected = (long) batch * inputWidth;
    if (floats != expected) {
      throw new IllegalArgumentException(
          "x has %d values, expected one step: N · I = %d · %d"
              .formatted(floats, batch, inputWidth));
    }
  }

  /// The lengths of sequences: a copy that no other thread can change after it was checked; null if
  /// all have T.
  int[] lengths(int[] lengths, int steps, int batch) {
    if (lengths == null) {
      return null;
    }
    if (lengths.length != batch) {
      throw new IllegalArgumentException(
          "%d lengths, expected one for each of %d streams".formatted(lengths.length, batch));
    }
    if (checkedLengths.length < batch) {
      checkedLengths = new int[batch];
    }
    System.arraycopy(lengths, 0, checkedLengths, 0, batch);
    boolean isFull = true;
    for (int n = 0; n < batch; n++) {
      if (checkedLengths[n] < 0 || checkedLengths[n] > steps) {
        throw new IllegalArgumentException(
            "lengths[%d] is %d, expected 0 to T = %d".formatted(n, checkedLengths[n], steps));
      }
      isFull &= checkedLengths[n] == steps;
    }
    return isFull ? null : checkedLengths;
  }

  /// OpenBLAS counts strides in 32 bits.
  void checkStrides(int steps, int batch) {
    long widest = Math.max(inputWidth, outputSize);
    if ((long) Math.max(steps, batch) * widest > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "T %d or N %d times %d features is more than %d values: run fewer steps or streams at once"
              .formatted(steps, batch, widest, Integer.MAX_VALUE));
    }
  }
}
