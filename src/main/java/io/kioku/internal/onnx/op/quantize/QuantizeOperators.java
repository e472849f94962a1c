package io.kioku.internal.onnx.op.quantize;

import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Operators between real numbers and their integer codes, and on codes.
public final class QuantizeOperators {
  private QuantizeOperators() {}

  /// Adds them by domain and name.
  public static void addTo(Map<String, Operator.Factory> all) {
    all.put("QuantizeLinear", Linear::quantize);
    all.put("DequantizeLinear", Linear::dequantize);
    all.put("DynamicQuantizeLinear", (node, context) -> new DynamicQuantize());
    all.put("MatMulInteger", MatMulInteger::of);
    all.put("QLinearMatMul", QLinearMatMul::of);
  }
}
