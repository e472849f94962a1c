package io.kioku.bench.layer;

import io.kioku.Precision;

/// How near outputs are. The time of whoever computes something else does not count.
final class Agreement {
  /// Calls of a layer of one step, so that the state that is carried on takes part.
  private static final int STEPS = 3;

  private Agreement() {}

  /// What a contestant that was just opened computes.
  static float[] output(Shape shape, LayerContestant contestant) {
    contestant.run();
    for (int call = 1; call < STEPS && shape.isStep(); call++) {
      contestant.run();
    }
    return contestant.output();
  }

  /// Whether such a difference is one of rounding in this precision.
  static boolean isNear(Precision precision, double difference) {
    return difference <= tolerance(precision);
  }

  /// Opens a contestant whose output has been compared with the judge's.
  ///
  /// @throws IllegalStateException if they differ by more than the precision explains
  static LayerContestant open(Candidate candidate, Layer layer) {
    LayerContestant contestant = candidate.open(layer, 1);
    try (LayerContestant judge = Candidate.JUDGE.open(layer, 1)) {
      float[] expected = output(layer.shape(), judge);
      double off = difference(expected, output(layer.shape(), contestant));
      if (!isNear(candidate.precision(), off)) {
        throw new IllegalStateException(
            "%s differs from %s by %g".formatted(candidate.label(), Candidate.JUDGE.label(), off));
      }
      return contestant;
    } catch (RuntimeException e) {
      contestant.close();
      throw e;
    }
  }

  private static double tolerance(Precision precision) {
    return switch (precision) {
      case F32 -> 1e-4;
      case BF16 -> 2e-2;
      case INT8 -> 5e-2;
    };
  }

  /// The largest difference, relative to the largest value that was expected; NaN if one is NaN, or
  /// there are not as many.
  static double difference(float[] expected, float[] actual) {
    double worst = expected.length == actual.length ? 0 : Double.NaN;
    double largest = 0;
    for (int k = 0; k < expected.length && k < actual.length; k++) {
      double d = Math.abs((double) expected[k] - actual[k]);
      worst = d > worst || Double.isNaN(d) ? d : worst;
      largest = Math.max(largest, Math.abs(expected[k]));
    }
    return worst / largest;
  }
}
