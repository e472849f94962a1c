package io.kioku;

import io.kioku.cell.Activation;
import io.kioku.cell.Cell;
import io.kioku.cell.Gru;
import io.kioku.cell.Lstm;
import io.kioku.cell.Parameter;
import io.kioku.cell.Rnn;
import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// A file of goldens/onnx: one of ONNX's operators LSTM, GRU and RNN with its attributes, inputs
/// and outputs. Everything of Kioku's is put together from it here, and its outputs are brought
/// into ONNX's order of axes.
final class OnnxCase {
  private static final Set<String> WITH_ALPHA =
      Set.of("Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu");
  private static final Set<String> WITH_BETA = Set.of("Affine", "ScaledTanh", "HardSigmoid");

  /// ONNX's names of gates, in the order of its rows; LSTM's c is Kioku's g, GRU's h is n.
  private static final Map<String, List<String>> GATES =
      Map.of(
          "LSTM", List.of("i", "o", "f", "g"),
          "GRU", List.of("z", "r", "n"),
          "RNN", List.of("h"));

  private static final List<String> PEEPHOLES = List.of("i", "o", "f");

  private final Map<String, String> attributes;
  private final Map<String, Tensor> tensors;
  private final String op;
  private final int directions;
  private final int hidden;
  private final boolean isBatchFirst;
  private final boolean isReverse;
  private final int steps;
  private final int batch;

  OnnxCase(Safetensors file) {
    attributes = file.metadata();
    tensors = file.tensors();
    op = attributes.get("op");
    directions = (int) tensors.get("R").dim(0);
    hidden = (int) tensors.get("R").dim(2);
    isBatchFirst = attributes.getOrDefault("layout", "0").equals("1");
    isReverse = attributes.getOrDefault("direction", "forward").equals("reverse");
    steps = (int) tensors.get("X").dim(isBatchFirst ? 1 : 0);
    batch = (int) tensors.get("X").dim(isBatchFirst ? 0 : 1);
  }

  /// What Kioku runs. It has no direction that is the reverse one alone: sequences are turned
  /// round.
  RecurrentCase recurrentCase() {
    Network network = network();
    Map<String, float[]> states = new LinkedHashMap<>();
    for (String state : network.cell().states()) {
      if (tensors.containsKey("initial_" + state)) {
        states.put(state, directionFirst(values("initial_" + state)));
      }
    }
    float[] x = values("X");
    return new RecurrentCase(
        network,
        weights(network.cell().parameters()),
        steps,
        batch,
        isReverse ? turned(x, network.inputSize()) : x,
        states,
        lengths());
  }

  /// The operator's outputs that the file has, in Kioku's order of axes.
  Map<String, float[]> expected() {
    Map<String, float[]> outputs = new LinkedHashMap<>();
    if (tensors.containsKey("Y")) {
      outputs.put("Y", isBatchFirst ? values("Y") : directionLast(values("Y")));
    }
    for (String state : List.of("Y_h", "Y_c")) {
      if (tensors.containsKey(state)) {
        outputs.put(state, directionFirst(values(state)));
      }
    }
    return outputs;
  }

  /// What Kioku computed, under the operator's names.
  Map<String, float[]> named(CaseResult result) {
    Map<String, float[]> outputs = new LinkedHashMap<>();
    outputs.put("Y", isReverse ? turned(result.y(), hidden) : result.y());
    result.states().forEach((state, values) -> outputs.put("Y_" + state, values));
    return outputs;
  }

  private Network network() {
    List<Cell> cells = cells();
    Network network = Network.of(cells.getFirst(), (int) tensors.get("X").dim(2), hidden);
    network = directions == 2 ? network.bidirectional(cells.getLast()) : network;
    network = tensors.containsKey("B") ? network : network.withoutBias();
    return isBatchFirst ? network.batchFirst() : network;
  }

  /// The cell of each direction.
  private List<Cell> cells() {
    List<Activation> functions = activations();
    int each = functions.size() / directions;
    List<Cell> cells = new ArrayList<>();
    for (int direction = 0; direction < directions; direction++) {
      cells.add(cell(functions.subList(direction * each, (direction + 1) * each)));
    }
    return cells;
  }

  private Cell cell(List<Activation> functions) {
    double clip = attributes.containsKey("clip") ? number("clip") : Double.POSITIVE_INFINITY;
    return switch (op) {
      case "LSTM" -> {
        Lstm lstm = Lstm.plain();
        lstm = lstm.activations(functions.get(0), functions.get(1), functions.get(2));
        lstm = tensors.containsKey("P") ? lstm.peepholes("ifo") : lstm;
        lstm = attributes.containsKey("clip") ? lstm.clip(clip) : lstm;
        boolean isCoupled = isSet("input_forget");
        yield (isCoupled ? lstm.coupled(Lstm.Coupling.FORGET_FROM_INPUT) : lstm).cell();
      }
      case "GRU" ->
          new Gru(isSet("linear_before_reset"), functions.get(0), functions.get(1), clip).cell();
      case "RNN" -> new Rnn(functions.getFirst(), clip).cell();
      default -> throw new IllegalStateException("operator " + op);
    };
  }

  private List<Activation> activations() {
    if (!attributes.containsKey("activations")) {
      List<Activation> usual =
          switch (op) {
            case "LSTM" -> List.of(Activation.SIGMOID, Activation.TANH, Activation.TANH);
            case "GRU" -> List.of(Activation.SIGMOID, Activation.TANH);
            default -> List.of(Activation.TANH);
          };
      return Stream.generate(() -> usual).limit(directions).flatMap(List::stream).toList();
    }
    Deque<Double> alphas = numbers("activation_alpha");
    Deque<Double> betas = numbers("activation_beta");
    return Stream.of(attributes.get("activations").split(","))
        .map(name -> activation(name, alphas, betas))
        .toList();
  }

  /// A function takes the next constants of both lists, as far as it has such and they have more.
  private static Activation activation(String name, Deque<Double> alphas, Deque<Double> betas) {
    Double alpha = WITH_ALPHA.contains(name) ? alphas.poll() : null;
    Double beta = WITH_BETA.contains(name) ? betas.poll() : null;
    if (beta != null) {
      // HardSigmoid is the only one with a default of alpha and a beta that is not it.
      return Activation.of(name, alpha == null ? 0.2 : alpha, beta);
    }
    return alpha == null ? Activation.of(name) : Activation.of(name, alpha);
  }

  private Weights weights(List<Parameter> parameters) {
    Weights weights = Weights.none();
    for (int direction = 0; direction < directions; direction++) {
      Map<String, float[]> all = parameters(direction);
      for (Parameter parameter : parameters) {
        float[] values = all.get(parameter.name());
        if (values != null) { // else a bias that the case does not have
          long[] shape =
              parameter.isMatrix()
                  ? new long[] {hidden, values.length / hidden}
                  : new long[] {hidden};
          weights = weights.with(parameter.name() + Network.suffix(0, direction), values, shape);
        }
      }
    }
    return weights;
  }

  /// One direction's parameters by their names in the equations; also those that a cell may lack.
  private Map<String, float[]> parameters(int direction) {
    Map<String, float[]> all = new LinkedHashMap<>();
    List<String> gates = GATES.get(op);
    for (int gate = 0; gate < gates.size(); gate++) {
      String name = gates.get(gate);
      all.put("W_" + name, part("W", direction, gates.size(), gate));
      all.put("R_" + name, part("R", direction, gates.size(), gate));
      if (tensors.containsKey("B")) {
        float[] input = part("B", direction, 2 * gates.size(), gate);
        float[] recurrent = part("B", direction, 2 * gates.size(), gates.size() + gate);
        boolean isApart = name.equals("n") && isSet("linear_before_reset");
        all.put("b_" + name, isApart ? input : sum(input, recurrent));
        all.put("d_" + name, recurrent);
      }
    }
    for (int gate = 0; tensors.containsKey("P") && gate < PEEPHOLES.size(); gate++) {
      all.put("p_" + PEEPHOLES.get(gate), part("P", direction, PEEPHOLES.size(), gate));
    }
    return all;
  }

  /// One of a direction's parts of a tensor.
  private float[] part(String name, int direction, int parts, int part) {
    float[] values = values(name);
    int size = values.length / directions / parts;
    int from = (direction * parts + part) * size;
    return Arrays.copyOfRange(values, from, from + size);
  }

  private static float[] sum(float[] a, float[] b) {
    float[] sum = new float[a.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = a[i] + b[i];
    }
    return sum;
  }

  private int[] lengths() {
    if (!tensors.containsKey("sequence_lens")) {
      return null;
    }
    float[] read = values("sequence_lens");
    int[] lengths = new int[batch];
    for (int n = 0; n < batch; n++) {
      lengths[n] = (int) read[n];
    }
    return lengths;
  }

  /// (T, N, width) with each sequence turned round within its own length.
  private float[] turned(float[] values, int width) {
    int[] lengths = lengths();
    float[] turned = values.clone();
    for (int n = 0; n < batch; n++) {
      int length = lengths == null ? steps : lengths[n];
      for (int t = 0; t < length; t++) {
        int from = ((length - 1 - t) * batch + n) * width;
        System.arraycopy(values, from, turned, (t * batch + n) * width, width);
      }
    }
    return turned;
  }

  /// (T, D, N, H) as (T, N, D, H).
  private float[] directionLast(float[] values) {
    return swapped(values, steps, directions, batch);
  }

  /// A state as (D, N, H); of layout 1 it is (N, D, H).
  private float[] directionFirst(float[] values) {
    return isBatchFirst ? swapped(values, 1, batch, directions) : values;
  }

  /// (outer, a, b, H) as (outer, b, a, H).
  private float[] swapped(float[] values, int outer, int a, int b) {
    float[] swapped = new float[values.length];
    for (int row = 0; row < outer * a * b; row++) {
      int to = row / (a * b) * a * b + row % b * a + row / b % a;
      System.arraycopy(values, row * hidden, swapped, to * hidden, hidden);
    }
    return swapped;
  }

  private boolean isSet(String attribute) {
    return attributes.getOrDefault(attribute, "0").equals("1");
  }

  private double number(String attribute) {
    return Double.parseDouble(attributes.get(attribute));
  }

  private Deque<Double> numbers(String attribute) {
    Deque<Double> numbers = new ArrayDeque<>();
    if (attributes.containsKey(attribute)) {
      Stream.of(attributes.get(attribute).split(",")).map(Double::valueOf).forEach(numbers::add);
    }
    return numbers;
  }

  private float[] values(String name) {
    return tensors.get(name).toArray();
  }
}
