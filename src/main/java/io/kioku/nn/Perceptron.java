package io.kioku.nn;

import io.kioku.Engine;
import io.kioku.Session;
import io.kioku.Weights;
import java.util.ArrayList;
import java.util.List;

/// Linear layers with a rectifier behind each: tensors `0.weight`, `0.bias`, `1.weight`, …; without
/// any, vectors pass as they are.
final class Perceptron {
  private final List<Linear> layers = new ArrayList<>();
  private int outputSize;

  /// @param weights may hold other tensors too
  /// @param parts closes what is opened here
  /// @throws IllegalArgumentException if a matrix has not as many columns as the layer below rows
  Perceptron(Engine engine, Weights weights, int inputSize, Parts parts) {
    outputSize = inputSize;
    String weight = "0.weight";
    while (weights.find(weight).isPresent()) {
      int rows = Matrices.rows(Matrices.find(weights, weight));
      weights.get(weight, rows, outputSize);
      Weights own = weights.under(layers.size() + ".");
      layers.add(parts.add(Linear.load(engine, own), Linear::close));
      outputSize = rows;
      weight = layers.size() + ".weight";
    }
  }

  int outputSize() {
    return outputSize;
  }

  /// The names of its tensors.
  List<String> names() {
    List<String> names = new ArrayList<>();
    for (int layer = 0; layer < layers.size(); layer++) {
      names.add(layer + ".weight");
      names.add(layer + ".bias");
    }
    return names;
  }

  /// The layers for N vectors side by side.
  ///
  /// @param parts closes what is opened here
  Run newRun(int batch, Parts parts) {
    return new Run(layers, batch, parts);
  }

  static final class Run {
    private final List<Session> sessions = new ArrayList<>();
    private final List<float[]> outputs = new ArrayList<>();

    private Run(List<Linear> layers, int batch, Parts parts) {
      for (Linear layer : layers) {
        sessions.add(parts.add(layer.newSession(batch), Session::close));
        outputs.add(new float[Math.multiplyExact(batch, layer.outputSize())]);
      }
    }

    /// (N, in) -> (N, out), valid until the next call.
    float[] run(float[] x) {
      float[] y = x;
      for (int layer = 0; layer < sessions.size(); layer++) {
        sessions.get(layer).step(y, outputs.get(layer));
        y = outputs.get(layer);
        for (int i = 0; i < y.length; i++) {
          y[i] = Math.max(0, y[i]);
        }
      }
      return y;
    }
  }
}
