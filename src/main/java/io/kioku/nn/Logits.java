package io.kioku.nn;

/// Arithmetic on logits, in double.
final class Logits {
  private Logits() {}

  /// The largest.
  ///
  /// @throws IllegalArgumentException if that is no finite number, or one is NaN: no probabilities
  ///   follow from them
  static float max(float[] logits) {
    return max(logits, 0, logits.length);
  }

  /// The largest of some of them.
  ///
  /// @throws IllegalArgumentException as above
  static float max(float[] logits, int from, int count) {
    float max = Float.NEGATIVE_INFINITY;
    for (int k = from; k < from + count; k++) {
      max = Math.max(max, logits[k]); // NaN if either is
    }
    if (!Float.isFinite(max)) {
      throw new IllegalArgumentException(
          "the largest logit is %s, expected a finite number; are the weights damaged?"
              .formatted(max));
    }
    return max;
  }

  /// `-log2 softmax(logits)[target]`.
  static double bits(float[] logits, int target) {
    double max = max(logits);
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return (Math.log(sum) + max - logits[target]) / Math.log(2);
  }
}
