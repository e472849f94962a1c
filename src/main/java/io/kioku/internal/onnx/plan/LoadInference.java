package io.kioku.internal.onnx.plan;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.ShapeInference;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What is known of a node when a model is loaded.
final class LoadInference implements ShapeInference {
  private final List<Known> inputs;
  private final List<String> outputNames;
  private final Folder folder;
  private final Known[] outputs;
  private final boolean[] asked; // which inputs the operator has looked at

  /// @param inputs null for one that is left out
  /// @param folder keeps what is found out
  LoadInference(GraphNode node, List<Known> inputs, Folder folder) {
    this.inputs = inputs;
    this.folder = folder;
    this.outputNames = node.outputs();
    this.outputs = new Known[outputNames.size()];
    Arrays.fill(outputs, Known.NOTHING);
    this.asked = new boolean[inputs.size()];
  }

  Known output(int output) {
    return outputs[output];
  }

  /// Refuses inputs that the operator has not looked at: it has fewer.
  void checkInputs() {
    for (int i = 0; i < asked.length; i++) {
      if (!asked[i] && inputs.get(i) != null) {
        throw new Refusal("input %d is none of the operator's".formatted(i));
      }
    }
  }

  @Override
  public int inputs() {
    return inputs.size();
  }

  @Override
  public int outputs() {
    return outputs.length;
  }

  @Override
  public boolean has(int input) {
    if (input >= inputs.size()) {
      return false;
    }
    asked[input] = true;
    return inputs.get(input) != null;
  }

  @Override
  public boolean wants(int output) {
    return output < outputs.length && !outputNames.get(output).isEmpty();
  }

  @Override
  public ElementType type(int input) {
    return has(input) ? inputs.get(input).type() : null;
  }

  @Override
  public long[] dims(int input) {
    return has(input) ? inputs.get(input).dims() : null;
  }

  @Override
  public boolean isSequence(int input) {
    return has(input) && inputs.get(input).isSequence();
  }

  @Override
  public long[] longs(int input) {
    Constant constant = has(input) ? inputs.get(input).constant() : null;
    if (constant == null) {
      return null;
    }
    ShapeInference.checkCount(input, constant.size());
    return constant.longs();
  }

  @Override
  public void out(int output, ElementType type, long... dims) {
    if (output < outputs.length) {
      outputs[output] = new Known(type, dims, null);
    }
  }

  @Override
  public void view(int output, int input, long... dims) {
    later(output, new Known(type(input), dims, null, isSequence(input)));
  }

  @Override
  public void later(int output, Known known) {
    if (output < outputs.length) {
      outputs[output] = known;
    }
  }

  @Override
  public void holds(int output, long... values) {
    if (wants(output)) {
      outputs[output] = folder.known(outputs[output].dims(), values);
    }
  }

  /// The outputs' values by name if all of them are known, else nothing.
  Map<String, Constant> constants() {
    Map<String, Constant> constants = new LinkedHashMap<>();
    for (int i = 0; i < outputs.length; i++) {
      if (wants(i) && outputs[i].constant() == null) {
        return Map.of();
      } else if (wants(i)) {
        constants.put(outputNames.get(i), outputs[i].constant());
      }
    }
    return constants;
  }
}
