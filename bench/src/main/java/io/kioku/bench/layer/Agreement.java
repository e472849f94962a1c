package io.kioku.bench.layer;

import io.kioku.Precision;

/// How near outputs are. Nothing is timed that computes something else.
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

  /// The largest difference of a contestant, relative to the largest output.
  ///
  /// @param expected what [#output] gave for the judge
  /// @throws IllegalStateException if it is too large for the precision
  static double check(
      Shape shape, float[] expected, Candidate candidate, LayerContestant contestant) {
    double off = difference(expected, output(shape, contestant));
    if (!(off <= tolerance(candidate.precision()))) {
      throw new IllegalStateException(
          "%s differs from %s by %g".formatted(candidate.label(), Candidate.JUDGE.label(), off));
    }
    return off;
  }

  /// Opens a contestant whose output has been compared with the judge's.
  static LayerContestant open(Candidate candidate, Layer layer) {
    LayerContestant contestant = candidate.open(layer, 1);
    try (LayerContestant judge = Candidate.JUDGE.open(layer, 1)) {
      check(layer.shape(), output(layer.shape(), judge), candidate, contestant);
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

  private static double difference(float[] expected, float[] actual) {
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
