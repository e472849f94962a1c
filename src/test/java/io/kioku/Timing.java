package io.kioku;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// Times sessions against each other: in turn in one process, one thread, medians over rounds.
final class Timing {
  private static final int ROUNDS = 15;
  private static final long ROUND_NANOS = 4_000_000;

  private Timing() {}

  /// Microseconds of a step for each session, from states that go on.
  ///
  /// @param steps T of each run
  static double[] microsPerStep(List<Session> sessions, List<Network> networks, int steps) {
    try (Arena arena = Arena.ofConfined()) {
      int count = sessions.size();
      MemorySegment[] x = new MemorySegment[count];
      MemorySegment[] y = new MemorySegment[count];
      int[] repeats = new int[count];
      for (int k = 0; k < count; k++) {
        long rows = (long) steps * sessions.get(k).batch();
        x[k] = arena.allocate(Float.BYTES * rows * networks.get(k).inputWidth(), 64);
        x[k].fill((byte) 0x3c); // 0.0115 in every element
        y[k] = arena.allocate(Float.BYTES * rows * networks.get(k).outputSize(), 64);
        double once = Math.max(1, nanos(sessions.get(k), x[k], y[k], 3));
        repeats[k] = (int) Math.clamp(ROUND_NANOS / once, 1, 5_000);
      }
      double[][] rounds = new double[count][ROUNDS];
      for (int round = -1; round < ROUNDS; round++) { // the first one warms up
        for (int k = 0; k < count; k++) {
          double nanos = nanos(sessions.get(k), x[k], y[k], repeats[k]);
          if (round >= 0) {
            rounds[k][round] = nanos / 1e3 / steps;
          }
        }
      }
      return Arrays.stream(rounds).mapToDouble(Timing::median).toArray();
    }
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  /// Nanoseconds of one run, averaged over the repeats.
  private static double nanos(Session session, MemorySegment x, MemorySegment y, int repeats) {
    long start = System.nanoTime();
    for (int i = 0; i < repeats; i++) {
      session.run(x, y);
    }
    return (System.nanoTime() - start) / (double) repeats;
  }
}
