package io.kioku.internal.onnx.op.normalize;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Soft-max and normalisations.
public final class NormalizeOperators {
  private NormalizeOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {
    all.put("Softmax", Softmax::softmax);
    all.put("LogSoftmax", Softmax::logSoftmax);
    all.put("BatchNormalization", BatchNormalization::of);
    all.put("InstanceNormalization", InstanceNormalization::of);
    all.put("LayerNormalization", LayerNormalization::of);
  }
}
