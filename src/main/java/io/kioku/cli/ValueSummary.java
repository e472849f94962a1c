package io.kioku.cli;

import io.kioku.format.NdArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// The values of an array in short. What is no number is counted apart.
record ValueSummary(NdArray array, double min, double mean, double max, long nans) {
  static ValueSummary of(NdArray array) {
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    long nans = 0;
    for (long i = 0; i < array.size(); i++) {
      double value = array.real(i);
      if (Double.isNaN(value)) {
        nans++;
      } else {
        min = Math.min(min, value);
        max = Math.max(max, value);
        sum += value;
      }
    }
    return new ValueSummary(array, min, sum / (double) (array.size() - nans), max, nans);
  }

  /// A table with a line for each array.
  static String table(Map<String, NdArray> arrays) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("output", "type", "shape", "min", "mean", "max"));
    arrays.forEach((name, array) -> rows.add(of(array).row(name)));
    return Columns.lines("", rows);
  }

  private List<String> row(String name) {
    boolean any = nans < array.size();
    String shape =
        Arrays.stream(array.shape())
            .mapToObj(Long::toString)
            .collect(Collectors.joining(", ", "[", "]"));
    return List.of(
        name,
        array.type().toString(),
        shape,
        any ? text(min) : "-",
        any ? String.format(Locale.ROOT, "%.6g", mean) : "-",
        (any ? text(max) : "-") + note());
  }

  private String note() {
    return nans == 0
        ? ""
        : String.format(Locale.ROOT, "  (%,d of %,d are NaN)", nans, array.size());
  }

  private String text(double value) {
    return array.type().isReal()
        ? String.format(Locale.ROOT, "%.6g", value)
        : String.format(Locale.ROOT, "%.0f", value);
  }
}
