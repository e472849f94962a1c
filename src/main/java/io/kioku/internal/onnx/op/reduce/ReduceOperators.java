package io.kioku.internal.onnx.op.reduce;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Operators along axes: sums, means, maxima, soft-max, normalisations.
public final class ReduceOperators {
  private ReduceOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {}
}
