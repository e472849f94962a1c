package io.kioku.internal.onnx.op.reduce;

/// How two numbers become one.
enum Fold {
  SUM,
  PRODUCT,
  MAX,
  MIN;

  /// What changes nothing.
  double identity() {
    return switch (this) {
      case SUM -> 0;
      case PRODUCT -> 1;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
    };
  }

  /// Folds each number into the one at the same place.
  void into(double[] into, double[] numbers, int from, int count) {
    switch (this) {
      case SUM -> {
        for (int i = 0; i < count; i++) {
          into[i] += numbers[from + i];
        }
      }
      case PRODUCT -> {
        for (int i = 0; i < count; i++) {
          into[i] *= numbers[from + i];
        }
      }
      case MAX -> {
        for (int i = 0; i < count; i++) {
          into[i] = Math.max(into[i], numbers[from + i]);
        }
      }
      case MIN -> {
        for (int i = 0; i < count; i++) {
          into[i] = Math.min(into[i], numbers[from + i]);
        }
      }
    }
  }

  /// Folds integers.
  void into(long[] into, long[] numbers, int from, int count) {
    switch (this) {
      case SUM -> {
        for (int i = 0; i < count; i++) {
          into[i] += numbers[from + i];
        }
      }
      case PRODUCT -> {
        for (int i = 0; i < count; i++) {
          into[i] *= numbers[from + i];
        }
      }
      case MAX -> {
        for (int i = 0; i < count; i++) {
          into[i] = Math.max(into[i], numbers[from + i]);
        }
      }
      case MIN -> {
        for (int i = 0; i < count; i++) {
          into[i] = Math.min(into[i], numbers[from + i]);
        }
      }
    }
  }
}
