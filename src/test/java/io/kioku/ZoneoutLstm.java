package io.kioku;

import java.util.LinkedHashMap;
import java.util.Map;

/// The expectation of an LSTM with zoneout in loops, layer by layer and stream by stream, for cases
/// of one direction whose weights have the parameters' own names.
final class ZoneoutLstm {
  private final RecurrentCase c;
  private final double keepH;
  private final double keepC;
  private final int hidden;

  ZoneoutLstm(RecurrentCase c, double keepH, double keepC) {
    this.c = c;
    this.keepH = keepH;
    this.keepC = keepC;
    this.hidden = c.network().hiddenSize();
  }

  CaseResult run() {
    Map<String, float[]> states = new LinkedHashMap<>();
    c.states().forEach((name, values) -> states.put(name, values.clone()));
    float[] y = new float[c.outputs()];
    for (int n = 0; n < c.batch(); n++) {
      for (int layer = 0; layer < c.network().layers(); layer++) {
        int at = (layer * c.batch() + n) * hidden;
        double[] h = doubles(states.get("h"), at, hidden);
        double[] memory = doubles(states.get("c"), at, hidden);
        for (int t = 0; t < c.steps(); t++) {
          int row = t * c.batch() + n;
          int input = c.network().inputSize();
          double[] x = layer == 0 ? doubles(c.x(), row * input, input) : below(y, row);
          step(layer, x, h, memory);
          store(h, y, row * hidden);
        }
        store(h, states.get("h"), at);
        store(memory, states.get("c"), at);
      }
    }
    return new CaseResult(y, states);
  }

  private double[] below(float[] y, int row) {
    return doubles(y, row * hidden, hidden);
  }

  private void step(int layer, double[] x, double[] h, double[] memory) {
    double[] i = sums("i", layer, x, h);
    double[] f = sums("f", layer, x, h);
    double[] g = sums("g", layer, x, h);
    double[] o = sums("o", layer, x, h);
    for (int j = 0; j < hidden; j++) {
      double newMemory = sigmoid(f[j]) * memory[j] + sigmoid(i[j]) * Math.tanh(g[j]);
      h[j] = keepH * h[j] + (1 - keepH) * (sigmoid(o[j]) * Math.tanh(newMemory));
      memory[j] = keepC * memory[j] + (1 - keepC) * newMemory;
    }
  }

  private double[] sums(String gate, int layer, double[] x, double[] h) {
    float[] w = values("W_" + gate, layer);
    float[] r = values("R_" + gate, layer);
    double[] sums = doubles(values("b_" + gate, layer), 0, hidden);
    for (int j = 0; j < hidden; j++) {
      for (int k = 0; k < x.length; k++) {
        sums[j] += w[j * x.length + k] * x[k];
      }
      for (int k = 0; k < hidden; k++) {
        sums[j] += r[j * hidden + k] * h[k];
      }
    }
    return sums;
  }

  private float[] values(String name, int layer) {
    return c.weights().find(name + c.network().suffix(layer, 0)).orElseThrow().toArray();
  }

  private static double[] doubles(float[] values, int from, int count) {
    double[] doubles = new double[count];
    for (int j = 0; j < count; j++) {
      doubles[j] = values[from + j];
    }
    return doubles;
  }

  private static void store(double[] from, float[] to, int at) {
    for (int j = 0; j < from.length; j++) {
      to[at + j] = (float) from[j];
    }
  }

  private static double sigmoid(double a) {
    return 1 / (1 + Math.exp(-a));
  }
}
