package io.kioku.cli;

import java.util.Arrays;
import java.util.Locale;

/// How long each of some runs took.
final class Timings {
  private static final int WARM_UPS = 3;
  private static final double NANOS = 1e6; // in a millisecond

  private final double[] millis;
  private final int warmUps;

  private Timings(double[] millis, int warmUps) {
    this.millis = millis;
    this.warmUps = warmUps;
  }

  /// How many runs come before those that are timed: none before a single one.
  static int warmUps(int repeats) {
    return repeats == 1 ? 0 : WARM_UPS;
  }

  /// Runs something again and again.
  static Timings of(int repeats, Runnable run) {
    double[] millis = new double[repeats];
    for (int i = 0; i < repeats; i++) {
      long begin = System.nanoTime();
      run.run();
      millis[i] = (double) (System.nanoTime() - begin) / NANOS;
    }
    Arrays.sort(millis);
    return new Timings(millis, warmUps(repeats));
  }

  /// A line.
  @Override
  public String toString() {
    int n = millis.length;
    if (n == 1) {
      return String.format(
          Locale.ROOT,
          "1 run: %.3f ms, which prepared the steps; --repeat times without that",
          millis[0]);
    }
    return String.format(
        Locale.ROOT,
        "%,d runs after %d to warm up: min %.3f ms, median %.3f ms, max %.3f ms",
        n,
        warmUps,
        millis[0],
        (millis[(n - 1) / 2] + millis[n / 2]) / 2,
        millis[n - 1]);
  }
}
