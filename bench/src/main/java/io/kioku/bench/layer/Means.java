package io.kioku.bench.layer;

import java.util.Locale;
import java.util.stream.DoubleStream;

/// Means of ratios, and how they are written. What is NaN was not measured and does not count.
final class Means {
  private Means() {}

  static double geometric(DoubleStream ratios) {
    return Math.exp(
        ratios.filter(r -> !Double.isNaN(r)).map(Math::log).average().orElse(Double.NaN));
  }

  static double least(DoubleStream ratios) {
    return ratios.filter(r -> !Double.isNaN(r)).min().orElse(Double.NaN);
  }

  /// With two decimals; empty if it was not measured.
  static String text(double ratio) {
    return Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio);
  }
}
