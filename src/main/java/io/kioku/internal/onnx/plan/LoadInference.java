package io.kioku.internal.onnx.plan;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import java.util.Arrays;
import java.util.List;

/// What is known of a node when a model is loaded.
final class LoadInference implements Inference {
  private final List<Known> inputs;
  private final List<String> outputNames;
  private final Known[] outputs;

  /// @param inputs null for one that is left out
  LoadInference(Node node, List<Known> inputs) {
    this.inputs = inputs;
    this.outputNames = node.outputs();
    this.outputs = new Known[outputNames.size()];
    Arrays.fill(outputs, Known.NOTHING);
  }

  Known output(int output) {
    return outputs[output];
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
    return input < inputs.size() && inputs.get(input) != null;
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
  public long[] longs(int input) {
    return has(input) && inputs.get(input).constant() != null
        ? inputs.get(input).constant().longs()
        : null;
  }

  @Override
  public void out(int output, ElementType type, long... dims) {
    if (output < outputs.length) {
      outputs[output] = new Known(type, dims, null);
    }
  }

  @Override
  public void view(int output, int input, long... dims) {
    out(output, type(input), dims);
  }
}
