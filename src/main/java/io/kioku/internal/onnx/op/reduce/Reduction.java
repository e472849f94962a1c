package io.kioku.internal.onnx.op.reduce;

import io.kioku.internal.onnx.graph.Refusal;

/// What becomes of many numbers.
enum Reduction {
  MEAN(Fold.SUM),
  SUM(Fold.SUM),
  MAX(Fold.MAX),
  MIN(Fold.MIN),
  PROD(Fold.PRODUCT),
  L1(Fold.SUM),
  L2(Fold.SUM),
  SUM_SQUARE(Fold.SUM),
  LOG_SUM(Fold.SUM),
  LOG_SUM_EXP(Fold.SUM);

  private final Fold fold;

  Reduction(Fold fold) {
    this.fold = fold;
  }

  Fold fold() {
    return fold;
  }

  /// Whether a single number stays what it is.
  boolean keepsOne() {
    return switch (this) {
      case MEAN, SUM, MAX, MIN, PROD -> true;
      default -> false;
    };
  }

  /// Whether integers are computed with as integers.
  boolean isExact() {
    return switch (this) {
      case L2, LOG_SUM, LOG_SUM_EXP -> false;
      default -> true;
    };
  }

  /// Whether numbers are compared only.
  boolean compares() {
    return fold == Fold.MAX || fold == Fold.MIN;
  }

  /// What is folded of each number; of an exponential, relative to the shift.
  void map(double[] numbers, double[] shift, int count) {
    switch (this) {
      case L1 -> {
        for (int i = 0; i < count; i++) {
          numbers[i] = Math.abs(numbers[i]);
        }
      }
      case L2, SUM_SQUARE -> {
        for (int i = 0; i < count; i++) {
          numbers[i] *= numbers[i];
        }
      }
      case LOG_SUM_EXP -> {
        for (int i = 0; i < count; i++) {
          numbers[i] = Math.exp(numbers[i] - shift[i]);
        }
      }
      default -> {}
    }
  }

  /// What is folded of each integer.
  void map(long[] numbers, boolean unsigned, int count) {
    if (this == SUM_SQUARE) {
      for (int i = 0; i < count; i++) {
        numbers[i] *= numbers[i];
      }
    } else if (this == L1 && !unsigned) {
      for (int i = 0; i < count; i++) {
        numbers[i] = Math.abs(numbers[i]);
      }
    }
  }

  /// The result.
  ///
  /// @param count how many numbers were folded
  double finish(double folded, double shift, long count) {
    return switch (this) {
      case MEAN -> folded / (double) count;
      case L2 -> Math.sqrt(folded);
      case LOG_SUM -> Math.log(folded);
      case LOG_SUM_EXP -> shift + Math.log(folded);
      default -> folded;
    };
  }

  /// The result of integers.
  ///
  /// @param count how many numbers were folded
  long finish(long folded, boolean unsigned, long count) {
    if (this != MEAN) {
      return folded;
    }
    if (count == 0) {
      throw new Refusal("the mean of no integers is none");
    }
    return unsigned ? Long.divideUnsigned(folded, count) : folded / count;
  }
}
