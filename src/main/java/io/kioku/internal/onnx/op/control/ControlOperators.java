package io.kioku.internal.onnx.op.control;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Operators that run graphs: branches and loops.
public final class ControlOperators {
  private ControlOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {
    all.put("If", If::new);
    all.put("Loop", Loop::new);
    all.put("Scan", Scan::new);
  }
}
