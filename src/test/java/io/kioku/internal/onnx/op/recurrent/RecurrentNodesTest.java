package io.kioku.internal.onnx.op.recurrent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import io.kioku.format.NdArray;
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

  static double[] doubles(NdArray array) {
    double[] values = new double[(int) array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.real(i);
    }
    return values;
  }

  /// Relative to the largest value, if that is not tiny: ONNX Runtime's ScaledTanh is a difference
  /// of numbers near 1.
  static void assertNear(double[] expected, double[] actual, String what) {
    double scale = 0.01;
    for (double value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(expected[i] - actual[i]);
      String message = "%s: %s at %d, expected %s".formatted(what, actual[i], i, expected[i]);
      assertTrue(error <= TOLERANCE * scale, message);
    }
  }
}
