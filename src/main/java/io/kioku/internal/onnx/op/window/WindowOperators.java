package io.kioku.internal.onnx.op.window;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Operators that move a window over spatial dimensions: convolution and pooling.
public final class WindowOperators {
  private WindowOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {
    all.put("Conv", Convolution::convolution);
    all.put("ConvTranspose", Convolution::transposed);
    all.put("MaxPool", Pool::max);
    all.put("AveragePool", Pool::average);
    all.put("GlobalMaxPool", GlobalPool::max);
    all.put("GlobalAveragePool", GlobalPool::average);
  }
}
