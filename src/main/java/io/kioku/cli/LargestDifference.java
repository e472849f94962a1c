package io.kioku.cli;

import io.kioku.format.NdArray;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/// How far the outputs of two runs are from each other.
///
/// @param output which one is the farthest
/// @param difference of two of its values; infinite where only one of them is a number
/// @param magnitude of the output's largest value
record LargestDifference(String output, double difference, double magnitude) {
  /// Compares outputs.
  ///
  /// @throws UserError if shapes differ
  static LargestDifference of(Map<String, NdArray> expected, Map<String, NdArray> actual) {
    LargestDifference largest = new LargestDifference("", -1, 0);
    for (var output : expected.entrySet()) {
      NdArray a = output.getValue();
      NdArray b = actual.get(output.getKey());
      if (!Arrays.equals(a.shape(), b.shape())) {
        throw new UserError(
            "output '%s' is %s as a whole, and %s in chunks".formatted(output.getKey(), a, b));
      }
      double difference = 0;
      double magnitude = 0;
      for (long i = 0; i < a.size(); i++) {
        difference = Math.max(difference, between(a.real(i), b.real(i)));
        magnitude = Math.max(magnitude, Math.abs(a.real(i)));
      }
      if (difference > largest.difference) {
        largest = new LargestDifference(output.getKey(), difference, magnitude);
      }
    }
    return largest;
  }

  private static double between(double a, double b) {
    if (a == b || (Double.isNaN(a) && Double.isNaN(b))) {
      return 0;
    }
    double difference = Math.abs(a - b);
    return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
  }

  /// A line.
  String text(long chunk) {
    return String.format(
        Locale.ROOT,
        "in chunks of %,d: largest difference from the whole %.3g, in %s, whose largest value is"
            + " %.3g%n",
        chunk,
        difference,
        output,
        magnitude);
  }
}
