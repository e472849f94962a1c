package io.kioku.internal.onnx.op.recurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.onnx.Oracle;
import io.kioku.onnx.RandomTensors;
import io.kioku.onnx.TinyModel;
import io.kioku.onnx.UniformTensors;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// DynamicQuantizeLSTM with weights of all 8 bits, with which ONNX Runtime's sums saturate on CPUs
/// without VNNI: against integers that are summed up here.
@Tag("tiers")
class DynamicQuantizeLstmTest {
  private static final int T = 3;
  private static final int N = 2;
  private static final int I = 37;
  private static final int H = 21;
  private static final int GATES = 4 * H;

  private final UniformTensors numbers = new UniformTensors(6);
  private final RandomTensors codes = new RandomTensors(6);

  /// Its own range, as a scale and a zero point.
  private record Range(float scale, int zero) {
    static Range of(float[] x) {
      float low = 0;
      float high = 0;
      for (float value : x) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      float scale = low == high ? 1 : (high - low) / 255;
      return new Range(scale, (int) Math.rint((double) (-low / scale)));
    }

    int code(float x) {
      return Math.clamp((long) Math.rint((double) (x / scale)) + zero, 0, 255) - zero;
    }
  }

  /// A matrix (K, 4 H) with one scale and zero point, or one of each column.
  private record Codes(NdArray matrix, NdArray scale, NdArray zero) {
    /// Adds the product of a row of x.
    void add(float[] x, int row, int count, Range range, double[] sums) {
      for (int column = 0; column < GATES; column++) {
        int at = scale.size() == 1 ? 0 : column;
        long sum = 0;
        for (int k = 0; k < count; k++) {
          long weight = matrix.integer((long) k * GATES + column) - zero.integer(at);
          sum += range.code(x[row * count + k]) * weight;
        }
        sums[row * GATES + column] += sum * (double) range.scale * scale.real(at);
      }
    }
  }

  private Codes matrix(ElementType type, int rows, boolean isEach) {
    long[] each = isEach ? new long[] {1, GATES} : new long[] {1};
    NdArray small = numbers.values(ElementType.FLOAT, each);
    float[] scales = small.toFloats();
    for (int i = 0; i < scales.length; i++) {
      scales[i] = (1 + Math.abs(scales[i])) / 2_000;
    }
    return new Codes(
        codes.values(type, 1, rows, GATES), NdArray.of(scales, each), codes.values(type, each));
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, false, true",
    "INT8, true, true",
    "UINT8, false, true",
    "UINT8, true, true",
    "INT8, true, false",
    "UINT8, false, false"
  })
  void sumsAreExact(ElementType type, boolean isEach, boolean isConstant) {
    Codes w = matrix(type, I, isEach);
    Codes r = matrix(type, H, isEach);
    NdArray bias = numbers.values(ElementType.FLOAT, 1, 2 * GATES);
    NdArray x = numbers.values(ElementType.FLOAT, T, N, I);
    TinyModel model = new TinyModel(17).input("x", ElementType.FLOAT, T, N, I);
    Map<String, NdArray> inputs = new java.util.HashMap<>(Map.of("x", x));
    if (isConstant) {
      model.constant("w", w.matrix).constant("r", r.matrix);
    } else {
      model.input("w", type, 1, I, GATES).input("r", type, 1, H, GATES);
      inputs.putAll(Map.of("w", w.matrix, "r", r.matrix));
    }
    model.constant("b", bias).constant("ws", w.scale).constant("wz", w.zero);
    model.constant("rs", r.scale).constant("rz", r.zero);
    model.node(
        "com.microsoft",
        "DynamicQuantizeLSTM",
        List.of("x", "w", "r", "b", "", "", "", "", "ws", "wz", "rs", "rz"),
        List.of("y"),
        Map.of("hidden_size", (long) H));
    float[] actual = Oracle.actual(model.output("y"), inputs).get("y").toFloats();
    float[] expected = expected(x.toFloats(), w, r, bias.toFloats());
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], 2e-5, type + " " + i);
    }
  }

  /// (T, N, H).
  private static float[] expected(float[] x, Codes w, Codes r, float[] bias) {
    float[] y = new float[T * N * H];
    float[] h = new float[N * H];
    double[] c = new double[N * H];
    Range ofX = Range.of(x);
    for (int t = 0; t < T; t++) {
      float[] xs = java.util.Arrays.copyOfRange(x, t * N * I, (t + 1) * N * I);
      double[] sums = new double[N * GATES];
      Range ofH = Range.of(h);
      for (int n = 0; n < N; n++) {
        w.add(xs, n, I, ofX, sums);
        r.add(h, n, H, ofH, sums);
      }
      for (int n = 0; n < N; n++) {
        for (int unit = 0; unit < H; unit++) {
          double[] gate = new double[4]; // i, o, f, c
          for (int g = 0; g < 4; g++) {
            int column = g * H + unit;
            gate[g] = sums[n * GATES + column] + bias[column] + bias[GATES + column];
          }
          int at = n * H + unit;
          c[at] = sigmoid(gate[2]) * c[at] + sigmoid(gate[0]) * Math.tanh(gate[3]);
          h[at] = (float) (sigmoid(gate[1]) * Math.tanh(c[at]));
          y[t * N * H + at] = h[at];
        }
      }
    }
    return y;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /// More steps than are multiplied ahead.
  @Test
  void stepsAreAheadOfEachOther() throws Exception {
    int hidden = 1_024;
    int steps = 70;
    TinyModel model = new TinyModel(17).input("x", ElementType.FLOAT, steps, 1, 3);
    model.constant("w", codes.small(ElementType.INT8, 1, 3, 4L * hidden));
    model.constant("r", codes.small(ElementType.INT8, 1, hidden, 4L * hidden));
    model.constant("s", NdArray.of(new float[] {0.002f}, 1));
    model.constant("z", codes.small(ElementType.INT8, 1));
    model.node(
        "com.microsoft",
        "DynamicQuantizeLSTM",
        List.of("x", "w", "r", "", "", "", "", "", "s", "z", "s", "z"),
        List.of("y"),
        Map.of("hidden_size", (long) hidden, "direction", "reverse"));
    Map<String, NdArray> inputs = Map.of("x", numbers.values(ElementType.FLOAT, steps, 1, 3));
    float[] expected = Oracle.expected(model.output("y"), inputs).orElseThrow().get("y").toFloats();
    float[] actual = Oracle.actual(model, inputs).get("y").toFloats();
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], 0.02, "number " + i); // some steps of a quantization
    }
  }
}
