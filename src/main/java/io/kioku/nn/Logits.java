package io.kioku.nn;

/// Arithmetic on logits, in double.
public final class Logits {
  private Logits() {}

  /// The probabilities that logits stand for: `softmax(logits)`, one for each, together 1.
  ///
  /// @param logits at least one; the largest must be finite
  /// @throws IllegalArgumentException if they give no probabilities: none, NaN, or infinite
  public static double[] probabilities(float[] logits) {
    double max = max(logits);
    double[] probabilities = new double[logits.length];
    double sum = 0;
    for (int k = 0; k < logits.length; k++) {
      probabilities[k] = Math.exp(logits[k] - max);
      sum += probabilities[k];
    }
    for (int k = 0; k < logits.length; k++) {
      probabilities[k] /= sum;
    }
    return probabilities;
  }

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
