package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Parameter;
import io.kioku.format.ElementType;
import io.kioku.format.Safetensors;
import io.kioku.format.Tensor;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.recurrent.RecurrentAttributes;
import io.kioku.internal.onnx.op.recurrent.RecurrentKind;
import io.kioku.internal.onnx.op.recurrent.RecurrentTensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A file of goldens/onnx: one of ONNX's operators LSTM, GRU and RNN with its attributes, inputs
/// and outputs. Everything of Kioku's is put together from it here, and its outputs are brought
/// into ONNX's order of axes.
final class OnnxCase {
  private final Map<String, String> attributes;
  private final Map<String, Tensor> tensors;
  private final RecurrentAttributes options;
  private final int directions;
  private final int hidden;
  private final boolean isBatchFirst;
  private final boolean isReverse;
  private final int steps;
  private final int batch;

  OnnxCase(Safetensors file) {
    attributes = file.metadata();
    tensors = file.tensors();
    options = RecurrentAttributes.of(RecurrentKind.valueOf(attributes.get("op")), nodeAttributes());
    directions = (int) tensors.get("R").dim(0);
    hidden = (int) tensors.get("R").dim(2);
    isBatchFirst = options.isBatchFirst();
    isReverse = options.isReverse();
    steps = (int) tensors.get("X").dim(isBatchFirst ? 1 : 0);
    batch = (int) tensors.get("X").dim(isBatchFirst ? 0 : 1);
  }

  /// The attributes as a node has them.
  private Attributes nodeAttributes() {
    Map<String, Object> all = new LinkedHashMap<>();
    attributes.forEach((name, text) -> {
      switch (name) {
        case "op", "opset", "hidden" -> {}
        case "direction" -> all.put(name, text);
        case "clip" -> all.put(name, Float.valueOf(text));
        case "activations" -> all.put(name, List.of(text.split(",")));
        case "activation_alpha", "activation_beta" -> all.put(name, floats(text));
        default -> all.put(name, Long.valueOf(text));
      }
    });
    return new Attributes(all);
  }

  private static float[] floats(String text) {
    List<String> parts = List.of(text.split(","));
    float[] values = new float[parts.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.parseFloat(parts.get(i));
    }
    return values;
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
        weights(cells()),
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

  /// The cell of each direction. The goldens have the clip on an LSTM's memory too, as the text of
  /// the operator has it; nodes do not, as ONNX Runtime.
  private List<Cell> cells() {
    boolean hasPeepholes = tensors.containsKey("P");
    boolean clipsMemory = attributes.get("op").equals("LSTM") && attributes.containsKey("clip");
    List<Cell> cells = new ArrayList<>();
    for (int direction = 0; direction < directions; direction++) {
      cells.add(
          clipsMemory
              ? options.lstm(direction, hasPeepholes).clipActivations(options.clip()).cell()
              : options.cell(direction, hasPeepholes));
    }
    return cells;
  }

  private Weights weights(List<Cell> cells) {
    RecurrentTensors all =
        new RecurrentTensors(options, constant("W"), constant("R"), constant("B"), constant("P"));
    Weights weights = Weights.none();
    for (int direction = 0; direction < directions; direction++) {
      Parameters parameters = all.parameters(cells.get(direction), direction);
      for (Parameter parameter : cells.get(direction).parameters()) {
        float[] values = parameters.get(parameter.name());
        boolean isLeftOut = !tensors.containsKey("B") && parameter.name().matches("[bd]_.*");
        if (!isLeftOut) {
          long[] shape =
              parameter.isMatrix()
                  ? new long[] {hidden, values.length / hidden}
                  : new long[] {hidden};
          String suffix = direction == 0 ? "_l0" : "_l0_reverse";
          weights = weights.with(parameter.name() + suffix, values, shape);
        }
      }
    }
    return weights;
  }

  private Constant constant(String name) {
    Tensor tensor = tensors.get(name);
    return tensor == null ? null : new Constant(ElementType.FLOAT, tensor.shape(), tensor.data());
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

  private float[] values(String name) {
    return tensors.get(name).toArray();
  }
}
