package io.kioku.bench.layer;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What was measured of one contestant at one shape; [Result] says what follows.
///
/// @param group of shapes, the kind of use
/// @param micros the median of a call
/// @param difference of the output from the judge's, relative to its largest
record Measured(String group, Candidate candidate, Shape shape, double micros, double difference) {
  /// As [Journal] keeps it: a row with the columns of [Result#COLUMNS].
  static Measured of(Map<String, String> row) {
    Shape shape =
        Shape.parse(
            List.of(row.get("cell"), row.get("T"), row.get("N"), row.get("I"), row.get("H")));
    String label = row.get("contestant") + " " + row.get("precision").toLowerCase(Locale.ROOT);
    return new Measured(
        row.get("group"),
        Candidate.parse(label),
        shape,
        Double.parseDouble(row.get("micros")),
        Double.parseDouble(row.get("difference")));
  }

  /// Whether it computes what the others do. If not, its time is shown but counts for nothing.
  boolean agrees() {
    return Agreement.isNear(candidate.precision(), difference);
  }

  double gflops() {
    return shape.flops() / micros * 1e-3;
  }
}
