package io.kioku.internal.onnx.op.elementwise;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Operators that compute each element from the elements at its place.
public final class ElementwiseOperators {
  private ElementwiseOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {}
}
