package io.kioku.internal.onnx.op.composed;

import java.util.Map;

/// The variants of Gelu: with a bias before it, by tanh, by a sigmoid.
///
/// Source: [ONNX Runtime's
/// operators](https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).
final class Gelus {
  private static final float QUICK = 1.702f;

  private Gelus() {}

  /// `Gelu(x)`, exact; `Gelu(x + bias)` with a second input.
  static void exact(Composition c) {
    c.out(0, c.add("Gelu", c.plus(c.in(0, "X"), c.in(1))));
  }

  /// `Gelu(x + bias)` by tanh.
  static void fast(Composition c) {
    c.out(0, c.add("Gelu", Map.of("approximate", "tanh"), c.plus(c.in(0, "X"), c.in(1))));
  }

  /// `x sigmoid(alpha x)`.
  static void quick(Composition c) {
    float alpha = c.attributes().real("alpha", QUICK);
    c.out(0, c.add("Swish", Map.of("alpha", alpha), c.in(0, "X")));
  }
}
