package io.kioku.internal.onnx.op.reduce;

import io.kioku.internal.onnx.op.Value;

/// Folds rows of numbers into one row, place by place.
interface Accumulator {
  /// The most places of a row.
  int WIDTH = 256;

  /// How often all rows must be shown.
  int passes();

  /// Begins a pass.
  void begin(int pass, int width);

  /// Folds a row that lies side by side; it may be shorter than the others.
  void add(Value from, long first, int count);

  /// Folds the row into its first place: halves are folded together, so that errors stay small.
  void join(int width);

  /// Ends a pass that is not the last.
  ///
  /// @param joined whether the row was folded into its first place
  void end(boolean joined);

  /// The results.
  ///
  /// @param folded how many numbers each is of
  void store(Value to, long first, int count, long folded);
}
