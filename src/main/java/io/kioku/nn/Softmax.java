package io.kioku.nn;

/// Soft-max over slices of arrays, in double: the largest value is taken off first, so that nothing
/// overflows.
final class Softmax {
  private Softmax() {}

  /// `p_k = exp(v_k) / (exp(v_0) + …)`, in place.
  ///
  /// @throws IllegalArgumentException if the largest value is not finite, or one is NaN
  static void probabilities(float[] values, int from, int count) {
    double max = Logits.max(values, from, count);
    double sum = 0;
    for (int k = from; k < from + count; k++) {
      sum += Math.exp(values[k] - max);
    }
    for (int k = from; k < from + count; k++) {
      values[k] = (float) (Math.exp(values[k] - max) / sum);
    }
  }

  /// `log p_k`, in place; also where p_k itself would round to zero.
  ///
  /// @throws IllegalArgumentException if the largest value is not finite, or one is NaN
  static void logProbabilities(float[] values, int from, int count) {
    double max = Logits.max(values, from, count);
    double sum = 0;
    for (int k = from; k < from + count; k++) {
      sum += Math.exp(values[k] - max);
    }
    double shift = max + Math.log(sum);
    for (int k = from; k < from + count; k++) {
      values[k] = (float) (values[k] - shift);
    }
  }
}
