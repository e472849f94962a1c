package io.kioku.bench.layer;

import io.kioku.Precision;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Two ways in which Kioku computes a layer, timed in turn.
///
/// @param steps T, of the longest stream
/// @param batch N
/// @param hidden I and H
/// @param micros the median of a call
/// @param with what it is compared with
/// @param withMicros that one's median
/// @param ratio of the two that is aimed at
/// @param difference of the output from the reference's, relative to its largest
record Pair(
    String cell,
    Precision precision,
    int steps,
    int batch,
    int hidden,
    double micros,
    String with,
    double withMicros,
    double ratio,
    double aim,
    boolean isMet,
    double difference) {
  static final List<String> COLUMNS =
      List.of(
          "cell",
          "precision",
          "T",
          "N",
          "H",
          "micros",
          "compared_with",
          "compared_micros",
          "ratio",
          "aim",
          "met",
          "difference",
          "agrees");

  static Pair of(Map<String, String> row) {
    return new Pair(
        row.get("cell"),
        Precision.valueOf(row.get("precision").toUpperCase(Locale.ROOT)),
        Integer.parseInt(row.get("T")),
        Integer.parseInt(row.get("N")),
        Integer.parseInt(row.get("H")),
        Double.parseDouble(row.get("micros")),
        row.get("compared_with"),
        Double.parseDouble(row.get("compared_micros")),
        Double.parseDouble(row.get("ratio")),
        Double.parseDouble(row.get("aim")),
        row.get("met").equals("yes"),
        Double.parseDouble(row.get("difference")));
  }

  boolean agrees() {
    return Agreement.isNear(precision, difference);
  }

  String precisionName() {
    return precision.name().toLowerCase(Locale.ROOT);
  }

  List<String> row() {
    return List.of(
        cell,
        precisionName(),
        Integer.toString(steps),
        Integer.toString(batch),
        Integer.toString(hidden),
        String.format(Locale.ROOT, "%.3f", micros),
        with,
        String.format(Locale.ROOT, "%.3f", withMicros),
        String.format(Locale.ROOT, "%.3f", ratio),
        String.format(Locale.ROOT, "%.2f", aim),
        isMet ? "yes" : "no",
        String.format(Locale.ROOT, "%.2e", difference),
        agrees() ? "yes" : "no");
  }
}
