package io.kioku.internal.onnx.op.recurrent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import io.kioku.format.NdArray;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// LSTM, GRU and RNN with all of their attributes, inputs and outputs, drawn at random.
@Tag("tiers")
class RecurrentNodesTest {
  private static final double TOLERANCE = 1e-5;

  @Test
  void nodesAgreeWithOnnxRuntime() throws OrtException {
    RandomNodes nodes = new RandomNodes(new SplittableRandom(1), true);
    for (int i = 0; i < 1_000; i++) {
      RecurrentNode node = nodes.next();
      var expected = node.runtime();
      var actual = node.run();
      for (var output : expected.entrySet()) {
        NdArray result = actual.get(output.getKey());
        String what = i + " " + output.getKey() + " of " + node;
        assertArrayEquals(output.getValue().shape(), result.shape(), what);
        assertNear(doubles(output.getValue()), doubles(result), what);
      }
    }
  }

  /// What ONNX Runtime does not have: layout 1, no hidden_size, constants that are left out,
  /// sequences of length 0 with an initial state.
  @Test
  void nodesAgreeWithTheOperatorsText() {
    RandomNodes nodes = new RandomNodes(new SplittableRandom(2), false);
    for (int i = 0; i < 500; i++) {
      RecurrentNode node = nodes.next();
      var actual = node.run();
      String what = i + " of " + node;
      OperatorText.evaluate(node)
          .forEach((name, values) -> assertNear(values, doubles(actual.get(name)), name + what));
    }
  }

  /// Where float32's rounding makes a number of h fall to the other side of a step of its
  /// quantization, results differ by about a step in one of many numbers: rare, but chance decides.
  @Test
  void quantizedNodesAgreeWithOnnxRuntime() throws OrtException {
    RandomNodes nodes = new RandomNodes(new SplittableRandom(3), true);
    int far = 0;
    for (int i = 0; i < 300; i++) {
      RecurrentNode node = nodes.nextQuantized();
      var actual = node.run();
      double error = 0;
      for (var output : node.runtime().entrySet()) {
        NdArray result = actual.get(output.getKey());
        error = Math.max(error, error(doubles(output.getValue()), doubles(result)));
      }
      String what = "%d %s: error %s".formatted(i, node, error);
      assertTrue(error < 0.02, what);
      far += error > TOLERANCE ? 1 : 0;
    }
    assertTrue(far <= 3, far + " of 300 nodes differ by more than " + TOLERANCE);
  }

  static double[] doubles(NdArray array) {
    double[] values = new double[(int) array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.real(i);
    }
    return values;
  }

  static void assertNear(double[] expected, double[] actual, String what) {
    double error = error(expected, actual);
    assertTrue(
        error <= TOLERANCE,
        () ->
            "%s: error %s, %s but expected %s"
                .formatted(what, error, Arrays.toString(actual), Arrays.toString(expected)));
  }

  /// The largest, relative to the largest value, if that is not tiny: ONNX Runtime's ScaledTanh is
  /// a difference of numbers near 1.
  private static double error(double[] expected, double[] actual) {
    double scale = 0.01;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
      double difference = Math.abs(expected[i] - actual[i]);
      error = difference <= error ? error : difference; // NaN counts
    }
    return error / scale;
  }
}
