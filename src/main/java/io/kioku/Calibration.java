package io.kioku;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// How large the inputs and states of a network's layers become on examples: what 8-bit integers
/// then stand for, instead of scales that each step finds anew.
///
///     Calibration calibration = Calibration.run(floats, 8, x);
///     Model model = engine.compile(network, weights, calibration);
///
/// Values beyond the largest of the examples are clipped where they are multiplied, and on
/// [Backend#ONEDNN] those of `h` also where they are given out, so that examples should show what is
/// to come; several runs are joined by [#and]. Immutable.
public final class Calibration {
  private static final float LARGEST = 127;

  private final List<Float> inputs; // the largest |x| of each layer and direction
  private final List<Float> states; // of |h|, likewise

  private Calibration(List<Float> inputs, List<Float> states) {
    this.inputs = List.copyOf(inputs);
    this.states = List.copyOf(states);
  }

  /// Runs a model from zero states and watches its layers.
  ///
  /// @param model in [Precision#F32]
  /// @param batch N
  /// @param x (T, N, I), or (N, T, I) if batch-first: examples
  /// @throws IllegalArgumentException if x has not the size of some steps
  /// @throws IllegalStateException if the model is closed
  public static Calibration run(Model model, int batch, float[] x) {
    Objects.requireNonNull(x, "x");
    Network network = model.network();
    List<Float> inputs = new ArrayList<>();
    List<Float> states = new ArrayList<>();
    try (Session session = model.newSession(batch);
        Trace trace = session.trace()) {
      session.run(x);
      float below = largest(x);
      for (int layer = 0; layer < network.layers(); layer++) {
        float own = 0;
        for (int direction = 0; direction < network.layer(layer).directions(); direction++) {
          float state = largest(trace.values(layer, direction, "h'"));
          inputs.add(below);
          states.add(state);
          own = Math.max(own, state);
        }
        below = own;
      }
    }
    return new Calibration(inputs, states);
  }

  /// What both saw.
  ///
  /// @throws IllegalArgumentException if the other is of another network
  public Calibration and(Calibration other) {
    other.checkSize(inputs.size());
    return new Calibration(larger(inputs, other.inputs), larger(states, other.states));
  }

  private static List<Float> larger(List<Float> a, List<Float> b) {
    List<Float> larger = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      larger.add(Math.max(a.get(i), b.get(i)));
    }
    return larger;
  }

  void checkFits(Network network) {
    int layers = 0;
    for (int layer = 0; layer < network.layers(); layer++) {
      layers += network.layer(layer).directions();
    }
    checkSize(layers);
  }

  private void checkSize(int layers) {
    if (inputs.size() != layers) {
      throw new IllegalArgumentException(
          "a calibration of %d layers and directions, expected one of %d"
              .formatted(inputs.size(), layers));
    }
  }

  /// What one unit of a layer's quantized `x` stands for; 0, which is none, if it was 0 throughout.
  float inputScale(int index) {
    return inputs.get(index) / LARGEST;
  }

  float stateScale(int index) {
    return states.get(index) / LARGEST;
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Float.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest;
    }
    return largest;
  }
}
