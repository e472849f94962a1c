package io.kioku;

import io.kioku.internal.backend.Buffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Which steps each stream of a run skips: the caller's mask, copied, so that nobody can change it
/// meanwhile, and cut where streams only end.
final class StepMask {
  private final Buffer buffer;
  private int[] lengths = {}; // behind the last step that each stream runs
  private MemorySegment bytes; // (T, N)
  private boolean isFull;
  private boolean hasGaps;

  /// @param arena the session's
  StepMask(Arena arena) {
    this.buffer = new Buffer(arena);
  }

  /// The length of each stream; null if all run to the end.
  int[] lengths() {
    return isFull ? null : lengths;
  }

  /// (T, N) bytes, 0 where a stream skips a step; null if none is skipped before a stream's end.
  MemorySegment gaps() {
    return hasGaps ? bytes : null;
  }

  /// Takes over a mask of bytes.
  ///
  /// @throws IllegalArgumentException if it has another size
  void take(MemorySegment mask, int steps, int batch, boolean isBatchFirst) {
    checkSize(mask.byteSize(), steps, batch);
    begin(steps, batch);
    for (int t = 0; t < steps; t++) {
      for (int n = 0; n < batch; n++) {
        set(
            t,
            n,
            batch,
            mask.get(ValueLayout.JAVA_BYTE, at(t, n, steps, batch, isBatchFirst)) != 0);
      }
    }
    isFull = isFull(steps, batch);
  }

  /// The same of booleans.
  void take(boolean[] mask, int steps, int batch, boolean isBatchFirst) {
    checkSize(mask.length, steps, batch);
    begin(steps, batch);
    for (int t = 0; t < steps; t++) {
      for (int n = 0; n < batch; n++) {
        set(t, n, batch, mask[(int) at(t, n, steps, batch, isBatchFirst)]);
      }
    }
    isFull = isFull(steps, batch);
  }

  private static void checkSize(long size, int steps, int batch) {
    if (size != (long) steps * batch) {
      throw new IllegalArgumentException(
          "mask has %d values, expected one for each step and stream: T · N = %d · %d"
              .formatted(size, steps, batch));
    }
  }

  private static long at(int t, int n, int steps, int batch, boolean isBatchFirst) {
    return isBatchFirst ? (long) n * steps + t : (long) t * batch + n;
  }

  private void begin(int steps, int batch) {
    bytes = buffer.bytes((long) steps * batch);
    if (lengths.length < batch) {
      lengths = new int[batch];
    }
    Arrays.fill(lengths, 0, batch, 0);
    hasGaps = false;
  }

  private void set(int t, int n, int batch, boolean runs) {
    bytes.set(ValueLayout.JAVA_BYTE, (long) t * batch + n, (byte) (runs ? 1 : 0));
    if (runs) {
      hasGaps |= lengths[n] < t;
      lengths[n] = t + 1;
    }
  }

  private boolean isFull(int steps, int batch) {
    for (int n = 0; n < batch; n++) {
      if (lengths[n] < steps) {
        return false;
      }
    }
    return true;
  }
}
