package io.kioku.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Model;
import io.kioku.Network;
import io.kioku.Session;
import io.kioku.Weights;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The functions of the language against their formulas. Those of ONNX are as its operators RNN,
/// GRU and LSTM (https://onnx.ai/onnx/operators/onnx__RNN.html) write them, with the defaults of
/// the operators that bear their names; ThresholdedRelu is its own operator's, `x > alpha`.
@Tag("tiers")
class ActivationsTest {
  private static final float[] SPECIAL = {
    0,
    -0.0f,
    1,
    -1,
    0.7f,
    -0.7f,
    2.5f,
    -2.5f,
    -3,
    1e-20f,
    -1e-20f,
    88,
    -88,
    1e30f,
    -1e30f,
    Float.MIN_VALUE,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  record Function(String text, DoubleUnaryOperator formula) {
    @Override
    public String toString() {
      return text;
    }
  }

  static List<Function> functions() {
    return List.of(
        new Function("affine(x)", x -> x),
        new Function("affine(x, 2)", x -> 2 * x),
        new Function("affine(x, -0.3, 0.1)", x -> -0.3 * x + 0.1),
        new Function("leakyrelu(x)", x -> x >= 0 ? x : 0.01 * x),
        new Function("leakyrelu(x, 0.3)", x -> x >= 0 ? x : 0.3 * x),
        new Function("thresholdedrelu(x)", x -> x > 1 ? x : 0),
        new Function("thresholdedrelu(x, 0.25)", x -> x > 0.25 ? x : 0),
        new Function("thresholdedrelu(x, -2.5)", x -> x > -2.5 ? x : 0),
        new Function("scaledtanh(x)", Math::tanh),
        new Function("scaledtanh(x, 1.7159)", x -> 1.7159 * Math.tanh(x)),
        new Function("scaledtanh(x, 1.7159, 0.6667)", x -> 1.7159 * Math.tanh(0.6667 * x)),
        new Function("hardsigmoid(x)", x -> hardSigmoid(x, 0.2, 0.5)),
        new Function("hardsigmoid(x, 0.5)", x -> hardSigmoid(x, 0.5, 0.5)),
        new Function("hardsigmoid(x, 0.3, 0.4)", x -> hardSigmoid(x, 0.3, 0.4)),
        new Function("elu(x)", x -> x >= 0 ? x : Math.exp(x) - 1),
        new Function("elu(x, 0.6)", x -> x >= 0 ? x : 0.6 * (Math.exp(x) - 1)),
        new Function("softsign(x)", x -> x / (1 + Math.abs(x))),
        // log(1 + exp(x)) where exp(x) is a number
        new Function("softplus(x)", x -> x > 700 ? x : Math.log(1 + Math.exp(x))),
        new Function("clip(x, 2)", x -> Math.max(-2, Math.min(2, x))),
        new Function("sigmoid(x)", x -> 1 / (1 + Math.exp(-x))),
        new Function("tanh(x)", Math::tanh),
        new Function("relu(x)", x -> x > 0 ? x : 0),
        new Function("exp(x)", Math::exp),
        new Function("log(x)", Math::log),
        new Function("step(x)", x -> x > 0 ? 1 : 0),
        new Function("floor(x)", Math::floor),
        new Function("mod(x, 1)", x -> x - Math.floor(x)),
        new Function("mod(x, -1)", x -> x + Math.floor(-x)),
        new Function("mod(x, 0)", x -> Double.NaN),
        new Function("mod(1, relu(x) + 3)", x -> x > 1e300 ? Double.NaN : 1),
        new Function("max(x, 0.25)", x -> Math.max(x, 0.25)),
        new Function("min(x, 0.25)", x -> Math.min(x, 0.25)));
  }

  private static double hardSigmoid(double x, double alpha, double beta) {
    return Math.min(Math.max(alpha * x + beta, 0), 1);
  }

  @ParameterizedTest
  @MethodSource("functions")
  void theReferenceGivesTheFormula(Function function) {
    float[] x = values();
    float[] y = run(Backend.REFERENCE, function, x);
    for (int i = 0; i < x.length; i++) {
      // Comparisons with NaN are false; here NaN in gives NaN out.
      double wanted = Float.isNaN(x[i]) ? Double.NaN : function.formula.applyAsDouble(x[i]);
      assertNear((float) wanted, y[i], 1e-7, "at " + x[i]);
    }
  }

  @ParameterizedTest
  @MethodSource("functions")
  void blasGivesTheReferencesNumbers(Function function) {
    float[] x = values();
    float[] reference = run(Backend.REFERENCE, function, x);
    float[] blas = run(Backend.LIBKIOKU, function, x);
    for (int i = 0; i < x.length; i++) {
      assertNear(reference[i], blas[i], 1e-6, "at " + x[i]);
    }
  }

  /// The special ones in every place of a vector register, and random ones of either sign.
  private static float[] values() {
    SplittableRandom random = new SplittableRandom(1);
    float[] x = new float[40 * 33];
    for (int i = 0; i < x.length; i++) {
      x[i] =
          i < 17 * SPECIAL.length
              ? SPECIAL[i % SPECIAL.length]
              : (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-3, 2)));
    }
    return x;
  }

  private static float[] run(Backend backend, Function function, float[] x) {
    Network network = Network.of(Cell.of("function", "h' = " + function.text), 33, 33);
    try (Engine engine = Engine.open(backend);
        Model model = engine.compile(network, Weights.none());
        Session session = model.newSession(1)) {
      return session.run(x);
    }
  }

  private static void assertNear(float wanted, float actual, double tolerance, String what) {
    if (Float.isNaN(wanted) || Float.isInfinite(wanted)) {
      assertEquals(wanted, actual, what);
    } else {
      double error = Math.abs((double) wanted - actual);
      assertTrue(
          error <= tolerance * Math.max(1, Math.abs(wanted)),
          () -> "%s: %s, expected %s".formatted(what, actual, wanted));
    }
  }
}
