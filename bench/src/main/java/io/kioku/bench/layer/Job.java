package io.kioku.bench.layer;

import io.kioku.Backend;
import io.kioku.Precision;
import java.util.Arrays;

/// A layer in one of the ways in which Kioku computes it.
///
/// @param isRagged whether the streams' lengths differ: from a fifth of T to T, three fifths on
///   average
record Job(CellLayer layer, Precision precision, int threads, boolean isRagged) {
  /// Steps that are compared with the reference, which is slow.
  private static final int CHECKED = 2;

  /// One after the other in no order.
  private static final int STRIDE = 5;

  KiokuLayer open() {
    return KiokuLayer.open(layer, precision, null, threads, lengths());
  }

  /// Steps of a stream on average, if the lengths differ.
  ///
  /// @param most T, a multiple of 5
  static int meanLength(int most) {
    return (most + most / 5) / 2;
  }

  /// Null if all have T. Two that face each other add up to six fifths of T.
  int[] lengths() {
    if (!isRagged) {
      return null;
    }
    int most = layer.steps();
    int least = most / 5;
    int count = layer.batch();
    int[] lengths = new int[count];
    for (int k = 0; k < count / 2; k++) {
      int longer = most - (most - least) * k / Math.max(1, count - 1);
      lengths[k] = longer;
      lengths[count - 1 - k] = most + least - longer;
    }
    if (count % 2 == 1) {
      lengths[count / 2] = meanLength(most);
    }
    return mixed(lengths);
  }

  private static int[] mixed(int[] values) {
    int[] mixed = new int[values.length];
    int stride = values.length % STRIDE == 0 ? 1 : STRIDE;
    for (int k = 0; k < values.length; k++) {
      mixed[k * stride % values.length] = values[k];
    }
    return mixed;
  }

  /// How far the first steps are from the same in plain Java, relative to the largest value.
  ///
  /// @param runner that has not run yet
  double difference(KiokuLayer runner) {
    CellLayer few = layer.withSteps(Math.min(CHECKED, layer.steps()));
    try (KiokuLayer reference = KiokuLayer.open(few, Precision.F32, Backend.REFERENCE, 1, null)) {
      reference.run();
      runner.run();
      float[] expected = reference.output();
      return Agreement.difference(expected, Arrays.copyOf(runner.output(), expected.length));
    }
  }
}
