package io.kioku.internal.onnx.op.recurrent;

import io.kioku.cell.Activation;
import java.util.List;

/// ONNX's recurrent operators: what their tensors hold, in the order of their rows, under the names
/// of Kioku's equations (LSTM's c gate is g there, GRU's h gate is n).
public enum RecurrentKind {
  /// Also of `com.microsoft.DynamicQuantizeLSTM`.
  LSTM(
      List.of("i", "o", "f", "g"),
      List.of("h", "c"),
      List.of(Activation.SIGMOID, Activation.TANH, Activation.TANH)),
  GRU(List.of("z", "r", "n"), List.of("h"), List.of(Activation.SIGMOID, Activation.TANH)),
  RNN(List.of("h"), List.of("h"), List.of(Activation.TANH));

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> gates;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> states;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<Activation> activations;

  RecurrentKind(List<String> gates, List<String> states, List<Activation> activations) {
    this.gates = gates;
    this.states = states;
    this.activations = activations;
  }

  /// The gates, in the order of the rows of W, R and B.
  public List<String> gates() {
    return gates;
  }

  /// The states: `h`, and `c` of an LSTM.
  public List<String> states() {
    return states;
  }

  /// The usual activations of one direction: ONNX's f, g, h.
  public List<Activation> activations() {
    return activations;
  }
}
