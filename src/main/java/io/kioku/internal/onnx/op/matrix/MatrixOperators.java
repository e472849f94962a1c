package io.kioku.internal.onnx.op.matrix;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Matrix products.
public final class MatrixOperators {
  private MatrixOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {
    all.put("MatMul", MatMul::of);
    all.put("Gemm", Gemm::of);
  }
}
