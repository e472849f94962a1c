package io.kioku.internal.onnx.op.recurrent;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// LSTM, GRU and RNN, and `com.microsoft.DynamicQuantizeLSTM`.
public final class RecurrentOperators {
  private RecurrentOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {
    for (Kind kind : Kind.values()) {
      all.put(kind.name(), RecurrentOperator.factory(kind));
    }
    all.put("com.microsoft.DynamicQuantizeLSTM", QuantizedLstm::of);
  }
}
