package io.kioku.nn;

/// Row-major matrices of some rows.
final class Rows {
  private Rows() {}

  /// An empty matrix.
  static float[] of(int rows, int columns) {
    return new float[Math.multiplyExact(rows, columns)];
  }

  /// Copies each row of a matrix into the same row of a wider one, from a column on.
  static void paste(float[] from, float[] to, int column, int rows) {
    int size = from.length / rows;
    int width = to.length / rows;
    for (int row = 0; row < rows; row++) {
      System.arraycopy(from, row * size, to, row * width + column, size);
    }
  }

  /// Makes each row of a matrix the rows of two others, side by side.
  static void join(float[] left, float[] right, float[] to, int rows) {
    paste(left, to, 0, rows);
    paste(right, to, left.length / rows, rows);
  }
}
