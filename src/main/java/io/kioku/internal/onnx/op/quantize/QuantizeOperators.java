package io.kioku.internal.onnx.op.quantize;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Operators between real numbers and their 8-bit codes.
public final class QuantizeOperators {
  private QuantizeOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {}
}
