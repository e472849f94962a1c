package io.kioku.internal.onnx.op.composed;

import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.List;
import java.util.Map;

/// Products and convolutions together with what stands around them: FusedMatMul, FusedGemm,
/// FusedConv.
///
/// Source: [ONNX Runtime's
/// operators](https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).
final class FusedProducts {
  private static final String ACTIVATION = "activation";
  private static final String PARAMETERS = "activation_params";
  private static final String ALPHA = "activation_alpha";
  private static final String BETA = "activation_beta";
  private static final String GAMMA = "activation_gamma";

  private FusedProducts() {}

  /// `alpha op(A) op(B)`.
  static void matMul(Composition c) {
    String a = factor(c, 0, "A");
    String b = factor(c, 1, "B");
    float alpha = c.attributes().real("alpha", 1);
    String product = c.add("MatMul", a, b);
    c.out(0, alpha == 1 ? product : c.add("Mul", product, c.real(alpha, 0)));
  }

  /// A factor with its axes in their places. `transBatch` moves the first axis behind those of the
  /// batch, `trans` changes the last two; a vector has no axes to change.
  private static String factor(Composition c, int input, String name) {
    String value = c.in(input, name);
    boolean isBatch = c.attributes().flag("transBatch" + name, false);
    boolean isLast = c.attributes().flag("trans" + name, false);
    if (!isBatch && !isLast) {
      return value;
    }
    int rank = c.rank(input, name);
    if (rank < 2) {
      return value;
    }
    long[] axes = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      axes[axis] = axis;
    }
    if (isBatch) {
      System.arraycopy(axes, 1, axes, 0, rank - 2);
      axes[rank - 2] = 0;
    }
    if (isLast) {
      long last = axes[rank - 1];
      axes[rank - 1] = axes[rank - 2];
      axes[rank - 2] = last;
    }
    return c.transpose(value, axes);
  }

  /// Gemm, then an activation.
  static void gemm(Composition c) {
    Attributes a = c.attributes();
    String name = a.text(ACTIVATION, "");
    float alpha = a.real(ALPHA, defaultAlpha(name));
    float beta = a.real(BETA, name.equals("HardSigmoid") ? 0.5f : 0);
    a.ignore(GAMMA);
    c.in(0, "A");
    c.in(1, "B");
    String y =
        c.addWithRest("Gemm", List.of(ACTIVATION, ALPHA, BETA, GAMMA), c.in(0), c.in(1), c.in(2));
    c.out(0, activation(c, name, y, alpha, beta));
  }

  /// Convolution, then a summand Z, then an activation.
  static void convolution(Composition c) {
    Attributes a = c.attributes();
    String name = a.text(ACTIVATION, "");
    float[] given = a.reals(PARAMETERS);
    float[] parameters = given == null ? new float[0] : given;
    int expected =
        switch (name) {
          case "Clip", "HardSigmoid" -> 2;
          case "LeakyRelu" -> 1;
          default -> 0;
        };
    if (parameters.length != expected && parameters.length != 0) {
      throw new Refusal(
          "attribute %s has %d values, %s expects %d"
              .formatted(PARAMETERS, parameters.length, name, expected));
    }
    c.in(0, "X");
    c.in(1, "W");
    String y =
        c.plus(
            c.addWithRest("Conv", List.of(ACTIVATION, PARAMETERS), c.in(0), c.in(1), c.in(2)),
            c.in(3));
    if (name.equals("Clip")) {
      String low = parameters.length == 0 ? "" : c.real(parameters[0], 0);
      String high = parameters.length == 0 ? "" : c.real(parameters[1], 0);
      c.out(0, c.add("Clip", y, low, high));
      return;
    }
    float alpha = parameters.length > 0 ? parameters[0] : defaultAlpha(name);
    float beta = parameters.length > 1 ? parameters[1] : 0.5f;
    c.out(0, activation(c, name, y, alpha, beta));
  }

  private static float defaultAlpha(String activation) {
    return switch (activation) {
      case "LeakyRelu" -> 0.01f;
      case "HardSigmoid" -> 0.2f;
      default -> 1;
    };
  }

  private static String activation(
      Composition c, String name, String value, float alpha, float beta) {
    return switch (name) {
      case "" -> value;
      case "Relu", "Tanh", "Sigmoid", "Softplus", "Softsign" -> c.add(name, value);
      case "LeakyRelu", "Elu", "ThresholdedRelu" -> c.add(name, Map.of("alpha", alpha), value);
      case "HardSigmoid" -> c.add(name, Map.of("alpha", alpha, "beta", beta), value);
      default -> throw new Refusal("attribute activation is %s, which is unknown".formatted(name));
    };
  }
}
