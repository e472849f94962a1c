package io.kioku.internal.onnx.op.matrix;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Matrix products, convolution and pooling.
public final class MatrixOperators {
  private MatrixOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {}
}
