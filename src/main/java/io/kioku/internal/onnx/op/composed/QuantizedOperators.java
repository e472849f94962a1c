package io.kioku.internal.onnx.op.composed;

import io.kioku.format.ElementType;
import java.util.Map;

/// Products of integer codes that become numbers at once, and functions of codes.
///
/// Source: [ONNX Runtime's
/// operators](https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).
final class QuantizedOperators {
  private QuantizedOperators() {}

  /// Inputs A, B, a_scale, b_scale, a_zero_point, b_zero_point, bias.
  static void matMulIntegerToFloat(Composition c) {
    product(
        c,
        c.in(0, "A"),
        c.in(1, "B"),
        c.in(2, "a_scale"),
        c.in(3, "b_scale"),
        c.in(4),
        c.in(5),
        c.in(6));
  }

  /// Inputs A, which is quantised at each run, B, b_scale, b_zero_point, bias.
  static void dynamicQuantizeMatMul(Composition c) {
    String[] a = c.add(3, "DynamicQuantizeLinear", Map.of(), c.in(0, "A"));
    product(c, a[0], c.in(1, "B"), a[1], c.in(2, "b_scale"), a[2], c.in(3), c.in(4));
  }

  private static void product(
      Composition c,
      String a,
      String b,
      String aScale,
      String bScale,
      String aZero,
      String bZero,
      String bias) {
    String sums = c.cast(c.add("MatMulInteger", a, b, aZero, bZero), ElementType.FLOAT);
    c.out(0, c.plus(c.add("Mul", sums, c.add("Mul", aScale, bScale)), bias));
  }

  /// A function of two tensors of codes: A, its scale and zero point, B, its own, those of the
  /// result.
  static void binary(Composition c, String operator) {
    String a = c.add("DequantizeLinear", c.in(0, "A"), c.in(1, "A_scale"), c.in(2));
    String b = c.add("DequantizeLinear", c.in(3, "B"), c.in(4, "B_scale"), c.in(5));
    quantize(c, c.add(operator, a, b), c.in(6, "C_scale"), c.in(7));
  }

  /// A sigmoid of codes: X, its scale and zero point, those of the result.
  static void sigmoid(Composition c) {
    String x = c.add("DequantizeLinear", c.in(0, "X"), c.in(1, "X_scale"), c.in(2));
    quantize(c, c.add("Sigmoid", x), c.in(3, "Y_scale"), c.in(4));
  }

  /// Codes of the first input's type, which a zero point that is left out does not tell.
  private static void quantize(Composition c, String value, String scale, String zero) {
    String given = zero.isEmpty() ? c.add("CastLike", c.whole(0), c.in(0)) : zero;
    c.out(0, c.add("QuantizeLinear", value, scale, given));
  }
}
