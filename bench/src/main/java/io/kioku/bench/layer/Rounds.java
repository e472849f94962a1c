package io.kioku.bench.layer;

import java.util.Arrays;
import java.util.List;

/// Times several in turn, round after round, so that what else the machine does falls on all alike.
final class Rounds {
  /// Nanoseconds after which the JVM has compiled what runs, first and when it has run before.
  private static final long WARM_UP = 300_000_000;

  private static final long WARM_UP_AGAIN = 100_000_000;

  /// Nanoseconds after which there is no further round, if there were three.
  private static final long BUDGET = 60_000_000_000L;

  private static final int LEAST_ROUNDS = 3;

  private final int rounds;
  private final long nanos;
  private boolean isWarm;

  /// @param nanos that each runs in a round, at least
  Rounds(int rounds, long nanos) {
    this.rounds = rounds;
    this.nanos = nanos;
  }

  /// The median of each, microseconds a call. In its turn each first runs untimed: it is to find
  /// its own weights in the caches, not those of whoever was before it on this core; a process of
  /// its own may have been on another.
  double[] medians(List<? extends Timed> all) {
    double[][] micros = new double[all.size()][rounds];
    all.forEach(one -> one.micros(isWarm ? WARM_UP_AGAIN : WARM_UP));
    isWarm = true;
    long start = System.nanoTime();
    int done = 0;
    while (done < rounds && (done < LEAST_ROUNDS || System.nanoTime() - start < BUDGET)) {
      for (int k = 0; k < micros.length; k++) {
        all.get(k).micros(nanos / 4);
        micros[k][done] = all.get(k).micros(nanos);
      }
      done++;
    }
    double[] medians = new double[micros.length];
    for (int k = 0; k < medians.length; k++) {
      Arrays.sort(micros[k], 0, done);
      medians[k] = micros[k][done / 2];
    }
    return medians;
  }
}
