package io.kioku.cli;

/// What a column of a picture shows of the values that belong to it.
enum ColumnValue {
  LEAST,
  MEAN,
  MOST;

  /// The columns of values at equal distances.
  ///
  /// @param width how many columns
  /// @param covered how many of the values they show; the rest of the last one is behind the end
  double[] of(float[] values, double covered, int width) {
    double[] columns = new double[width];
    double each = covered / width;
    for (int column = 0; column < width && values.length > 0; column++) {
      int from = Math.min((int) (column * each), values.length - 1);
      int to = Math.clamp((long) Math.ceil((column + 1) * each), from + 1, values.length);
      double value = values[from];
      for (int i = from + 1; i < to; i++) {
        value =
            switch (this) {
              case LEAST -> Math.min(value, values[i]);
              case MEAN -> value + values[i];
              case MOST -> Math.max(value, values[i]);
            };
      }
      columns[column] = equals(MEAN) ? value / (to - from) : value;
    }
    return columns;
  }
}
