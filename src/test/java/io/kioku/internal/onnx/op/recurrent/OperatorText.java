package io.kioku.internal.onnx.op.recurrent;

import io.kioku.format.NdArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/// LSTM, GRU and RNN as the text of ONNX's operators has them, in float64, one number at a time;
/// but for the clip, which is not on the memory.
final class OperatorText {
  private static final List<String> WITH_ALPHA =
      List.of("affine", "leakyrelu", "thresholdedrelu", "scaledtanh", "hardsigmoid", "elu");
  private static final List<String> WITH_BETA = List.of("affine", "scaledtanh", "hardsigmoid");

  private final RecurrentNode node;
  private final boolean isBatchFirst;
  private final boolean isBidirectional;
  private final int steps;
  private final int batch;
  private final int inputs;
  private final int hidden;
  private final int directions;
  private final double clip;
  private final List<DoubleUnaryOperator> functions = new ArrayList<>();
  private final double[] y;
  private final double[] lastH;
  private final double[] lastC;

  private OperatorText(RecurrentNode node) {
    this.node = node;
    isBatchFirst = flag("layout");
    String direction = (String) node.attributes.getOrDefault("direction", "forward");
    isBidirectional = direction.equals("bidirectional");
    directions = isBidirectional ? 2 : 1;
    long[] x = node.inputs.get("X").shape();
    steps = (int) x[isBatchFirst ? 1 : 0];
    batch = (int) x[isBatchFirst ? 0 : 1];
    inputs = (int) x[2];
    hidden = (int) node.inputs.get("R").shape()[2];
    clip = ((Float) node.attributes.getOrDefault("clip", Float.MAX_VALUE)).doubleValue();
    y = new double[steps * batch * directions * hidden];
    lastH = new double[batch * directions * hidden];
    lastC = new double[batch * directions * hidden];
    readFunctions();
  }

  /// The outputs, row-major in the node's layout.
  static Map<String, double[]> evaluate(RecurrentNode node) {
    OperatorText text = new OperatorText(node);
    boolean isReverse = "reverse".equals(node.attributes.get("direction"));
    for (int d = 0; d < text.directions; d++) {
      for (int n = 0; n < text.batch; n++) {
        text.sequence(d, n, isReverse || d == 1);
      }
    }
    Map<String, double[]> results = new LinkedHashMap<>();
    results.put("Y", text.y);
    results.put("Y_h", text.lastH);
    results.put("Y_c", text.lastC);
    results.keySet().retainAll(node.outputs);
    return results;
  }

  private boolean flag(String name) {
    return (Long) node.attributes.getOrDefault(name, 0L) == 1;
  }

  private double get(String tensor, long... index) {
    NdArray array = node.inputs.get(tensor);
    if (array == null) {
      return 0;
    }
    long at = 0;
    for (int i = 0; i < index.length; i++) {
      at = at * array.shape()[i] + index[i];
    }
    return array.real(at);
  }

  private int state(int d, int n) {
    return isBatchFirst ? n * directions + d : d * batch + n;
  }

  private void sequence(int d, int n, boolean isReverse) {
    int length = node.inputs.containsKey("sequence_lens") ? (int) get("sequence_lens", n) : steps;
    double[] h = new double[hidden];
    double[] c = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      h[j] = isBatchFirst ? get("initial_h", n, d, j) : get("initial_h", d, n, j);
      c[j] = isBatchFirst ? get("initial_c", n, d, j) : get("initial_c", d, n, j);
    }
    for (int k = 0; k < length; k++) {
      int t = isReverse ? length - 1 - k : k;
      h =
          switch (node.operator) {
            case "LSTM" -> lstm(d, n, t, h, c);
            case "GRU" -> gru(d, n, t, h);
            default -> activate(d, 0, sums(1, 0, d, n, t, h, true));
          };
      int row = isBatchFirst ? (n * steps + t) * directions + d : (t * directions + d) * batch + n;
      System.arraycopy(h, 0, y, row * hidden, hidden);
    }
    System.arraycopy(h, 0, lastH, state(d, n) * hidden, hidden);
    System.arraycopy(c, 0, lastC, state(d, n) * hidden, hidden);
  }

  /// Changes c.
  private double[] lstm(int d, int n, int t, double[] h, double[] c) {
    double[] i = activate(d, 0, peep(0, d, c, sums(4, 0, d, n, t, h, true)));
    double[] f = activate(d, 0, peep(2, d, c, sums(4, 2, d, n, t, h, true)));
    double[] g = activate(d, 1, sums(4, 3, d, n, t, h, true));
    for (int j = 0; j < hidden; j++) {
      c[j] = (flag("input_forget") ? 1 - i[j] : f[j]) * c[j] + i[j] * g[j];
    }
    double[] o = activate(d, 0, peep(1, d, c, sums(4, 1, d, n, t, h, true)));
    double[] next = new double[hidden];
    Arrays.setAll(next, j -> o[j] * functions.get(d * 3 + 2).applyAsDouble(c[j]));
    return next;
  }

  private double[] peep(int gate, int d, double[] c, double[] sums) {
    Arrays.setAll(sums, j -> sums[j] + get("P", d, (long) gate * hidden + j) * c[j]);
    return sums;
  }

  private double[] gru(int d, int n, int t, double[] h) {
    double[] z = activate(d, 0, sums(3, 0, d, n, t, h, true));
    double[] r = activate(d, 0, sums(3, 1, d, n, t, h, true));
    double[] candidate = sums(3, 2, d, n, t, new double[hidden], false);
    double[] before = new double[hidden];
    Arrays.setAll(before, j -> r[j] * h[j]);
    for (int j = 0; j < hidden; j++) {
      double bias = get("B", d, 5L * hidden + j);
      candidate[j] +=
          flag("linear_before_reset")
              ? r[j] * (product("R", d, 2 * hidden + j, h) + bias)
              : product("R", d, 2 * hidden + j, before) + bias;
    }
    double[] g = activate(d, 1, candidate);
    double[] next = new double[hidden];
    Arrays.setAll(next, j -> (1 - z[j]) * g[j] + z[j] * h[j]);
    return next;
  }

  /// A gate's sum: the products and biases.
  private double[] sums(
      int gates, int gate, int d, int n, int t, double[] h, boolean withRecurrentBias) {
    double[] x = new double[inputs];
    Arrays.setAll(x, k -> isBatchFirst ? get("X", n, t, k) : get("X", t, n, k));
    double[] sums = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      int row = gate * hidden + j;
      sums[j] = product("W", d, row, x) + product("R", d, row, h) + get("B", d, row);
      sums[j] += withRecurrentBias ? get("B", d, (long) gates * hidden + row) : 0;
    }
    return sums;
  }

  private double product(String matrix, int d, int row, double[] vector) {
    double sum = 0;
    for (int k = 0; k < vector.length; k++) {
      sum += get(matrix, d, row, k) * vector[k];
    }
    return sum;
  }

  private double[] activate(int d, int function, double[] sums) {
    int each = functions.size() / directions;
    DoubleUnaryOperator f = functions.get(d * each + function);
    Arrays.setAll(sums, j -> f.applyAsDouble(Math.clamp(sums[j], -clip, clip)));
    return sums;
  }

  @SuppressWarnings("unchecked") // lists are of texts
  private void readFunctions() {
    List<String> usual =
        switch (node.operator) {
          case "LSTM" -> List.of("sigmoid", "tanh", "tanh");
          case "GRU" -> List.of("sigmoid", "tanh");
          default -> List.of("tanh");
        };
    List<String> names = (List<String>) node.attributes.get("activations");
    if (names == null) {
      names = new ArrayList<>(usual);
      names.addAll(isBidirectional ? usual : List.of());
    }
    float[] alphas = (float[]) node.attributes.getOrDefault("activation_alpha", new float[0]);
    float[] betas = (float[]) node.attributes.getOrDefault("activation_beta", new float[0]);
    int alpha = 0;
    int beta = 0;
    for (String name : names) {
      String lower = name.toLowerCase(java.util.Locale.ROOT);
      boolean hasAlpha = WITH_ALPHA.contains(lower) && alpha < alphas.length;
      boolean hasBeta = WITH_BETA.contains(lower) && beta < betas.length;
      double a = hasAlpha ? alphas[alpha++] : Double.NaN;
      double b = hasBeta ? betas[beta++] : Double.NaN;
      functions.add(x -> apply(lower, x, a, b));
    }
  }

  private static double or(double value, double absent) {
    return Double.isNaN(value) ? absent : value;
  }

  static double apply(String function, double x, double alpha, double beta) {
    return switch (function) {
      case "relu" -> Math.max(0, x);
      case "tanh" -> Math.tanh(x);
      case "sigmoid" -> 1 / (1 + Math.exp(-x));
      case "affine" -> or(alpha, 1) * x + or(beta, 0);
      case "leakyrelu" -> x >= 0 ? x : or(alpha, 0.01) * x;
      case "thresholdedrelu" -> x >= or(alpha, 1) ? x : 0;
      case "scaledtanh" -> or(alpha, 1) * Math.tanh(or(beta, 1) * x);
      case "hardsigmoid" -> Math.clamp(or(alpha, 0.2) * x + or(beta, 0.5), 0, 1);
      case "elu" -> x >= 0 ? x : or(alpha, 1) * Math.expm1(x);
      case "softsign" -> x / (1 + Math.abs(x));
      case "softplus" -> Math.log1p(Math.exp(x));
      default -> throw new IllegalArgumentException(function);
    };
  }
}
