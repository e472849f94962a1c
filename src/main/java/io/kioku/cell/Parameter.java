package io.kioku.cell;

/// A parameter that a cell's equations name.
///
/// @param name as written: `W_i`, `b_i`
/// @param rows the elements of a vector, the rows of a matrix
/// @param columns the columns of a matrix, which are the elements of what it multiplies; null for a
///   vector
public record Parameter(String name, Size rows, Size columns) {
  /// Whether this is a matrix, not a vector.
  public boolean isMatrix() {
    return columns != null;
  }
}
