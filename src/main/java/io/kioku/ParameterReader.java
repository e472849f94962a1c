package io.kioku;

import io.kioku.cell.Parameter;
import io.kioku.cell.Stack;
import io.kioku.format.Tensor;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Parameters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Takes a network's parameters out of [Weights]: cuts PyTorch's stacked tensors into the
/// parameters of the equations.
final class ParameterReader {
  private final Weights weights;
  private final Set<String> unread;

  private ParameterReader(Weights weights) {
    this.weights = weights;
    this.unread = new LinkedHashSet<>(weights.names());
  }

  /// The parameters of each layer and direction.
  ///
  /// @throws IllegalArgumentException if a tensor is missing, has another shape, or is none of this
  ///   network
  static List<Parameters> read(Network network, Weights weights) {
    ParameterReader reader = new ParameterReader(weights);
    List<Parameters> all = new ArrayList<>();
    for (int layer = 0; layer < network.layers(); layer++) {
      for (int direction = 0; direction < network.layer(layer).directions(); direction++) {
        all.add(
            reader.read(
                network.layer(layer),
                network.spec(layer, direction),
                network.suffix(layer, direction)));
      }
    }
    if (!reader.unread.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: unexpected tensors %s: %s needs %s (use weights.under(prefix) for a part of a checkpoint)"
              .formatted(
                  weights,
                  Weights.listed(reader.unread),
                  network,
                  Weights.listed(network.parameters().keySet())));
    }
    return all;
  }

  private Parameters read(Layer layer, LayerSpec spec, String suffix) {
    Map<String, float[]> values = new LinkedHashMap<>();
    for (Parameter parameter : layer.cell().parameters()) {
      boolean isNoBias = !layer.hasBias() && isBias(layer, parameter);
      if (weights.find(parameter.name() + suffix).isPresent() && !isNoBias) {
        values.put(
            parameter.name(),
            take(parameter.name() + suffix, Network.shape(parameter, spec)).toArray());
      }
    }
    Set<String> single = Set.copyOf(values.keySet());
    for (Stack stack : Network.stacks(layer)) {
      checkNotBoth(stack, suffix, single);
      if (!hasAll(stack, single)) {
        addBlocks(stack, spec, suffix, values, single);
      }
    }
    for (Parameter parameter : layer.cell().parameters()) {
      if (!values.containsKey(parameter.name())) {
        long[] shape = Network.shape(parameter, spec);
        values.put(
            parameter.name(),
            isBias(layer, parameter)
                ? new float[(int) shape[0]]
                : take(parameter.name() + suffix, shape).toArray());
      }
    }
    return new Parameters(values);
  }

  private static boolean hasAll(Stack stack, Set<String> names) {
    for (Parameter block : stack.blocks()) {
      if (!names.contains(block.name())) {
        return false;
      }
    }
    return true;
  }

  /// Whether a parameter is in a stack of biases.
  private static boolean isBias(Layer layer, Parameter parameter) {
    return !parameter.isMatrix() && !Network.unstacked(layer).contains(parameter);
  }

  private void checkNotBoth(Stack stack, String suffix, Set<String> single) {
    for (Parameter block : stack.blocks()) {
      if (single.contains(block.name()) && weights.find(stack.name() + suffix).isPresent()) {
        throw new IllegalArgumentException(
            "%s: both %s and %s, which holds it: give one of them"
                .formatted(weights, block.name() + suffix, stack.name() + suffix));
      }
    }
  }

  /// Adds each block of a stack to its parameter: a bias with blocks in two stacks is their sum.
  /// Parameters that came by their own names stay as they are.
  private void addBlocks(
      Stack stack, LayerSpec spec, String suffix, Map<String, float[]> values, Set<String> single) {
    long[] shape = Network.shape(stack.blocks().getFirst(), spec);
    shape[0] *= stack.blocks().size();
    Tensor tensor = take(stack.name() + suffix, shape);
    float[] stacked = tensor.toArray();
    int size = stacked.length / stack.blocks().size();
    for (int block = 0; block < stack.blocks().size(); block++) {
      String name = stack.blocks().get(block).name();
      if (single.contains(name)) {
        continue;
      }
      float[] value = values.computeIfAbsent(name, n -> new float[size]);
      for (int j = 0; j < size; j++) {
        value[j] += stacked[block * size + j];
      }
    }
  }

  private Tensor take(String name, long[] shape) {
    Tensor tensor = weights.get(name, shape);
    unread.remove(name);
    return tensor;
  }
}
