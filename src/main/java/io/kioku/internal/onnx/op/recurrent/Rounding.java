package io.kioku.internal.onnx.op.recurrent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Rounds float32 numbers to 256 steps from their least to their greatest, 0 among them, as a
/// dynamic quantization to uint8 and back does. NaN stays NaN. Allocates nothing.
final class Rounding {
  private static final float STEPS = 255;

  private float least;
  private float greatest;

  /// Forgets the numbers seen.
  void begin() {
    least = 0;
    greatest = 0;
  }

  /// Sees numbers.
  ///
  /// @param from the first, in floats
  void see(MemorySegment numbers, long from, long count) {
    float low = least;
    float high = greatest;
    for (long i = from; i < from + count; i++) {
      float number = numbers.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      low = number < low ? number : low;
      high = number > high ? number : high;
    }
    least = low;
    greatest = high;
  }

  /// Rounds numbers that were seen.
  ///
  /// @param begin the first, in floats, in both segments
  void round(MemorySegment from, MemorySegment to, long begin, long count) {
    float step = least == greatest ? 1 : (greatest - least) / STEPS;
    float zero = (float) Math.rint(Math.min(STEPS, -least / step));
    for (long i = begin; i < begin + count; i++) {
      float number = from.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      float rounded = (float) Math.rint(number / step) + zero;
      to.setAtIndex(
          ValueLayout.JAVA_FLOAT, i, (Math.max(0, Math.min(STEPS, rounded)) - zero) * step);
    }
  }
}
