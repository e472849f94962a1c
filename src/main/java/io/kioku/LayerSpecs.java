package io.kioku;

import io.kioku.internal.backend.LayerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// The sizes of layers on top of each other, checked to fit.
final class LayerSpecs {
  private final List<Layer> stack;
  private final List<List<LayerSpec>> specs = new ArrayList<>(); // of each layer's directions

  /// @throws IllegalArgumentException if a layer is too large to be held, or does not fit the one
  ///   below
  LayerSpecs(int inputSize, List<Layer> stack) {
    this.stack = stack;
    int input = inputSize;
    long stateWidth = 0;
    for (int index = 0; index < stack.size(); index++) {
      Layer layer = stack.get(index);
      List<LayerSpec> directions = specs(layer, input);
      checkInput(index, input, directions.getFirst());
      specs.add(directions);
      checkBelow(index);
      input = outputSize(index);
      stateWidth += (long) layer.directions() * directions.getFirst().stateWidth();
    }
    if (stateWidth > LayerSpec.MAX_WEIGHTS) {
      throw new IllegalArgumentException(
          "the layers make a state of %d values, expected at most %d"
              .formatted(stateWidth, LayerSpec.MAX_WEIGHTS));
    }
  }

  /// A layer in one direction.
  LayerSpec get(int index, int direction) {
    return specs.get(index).get(direction);
  }

  /// Features of a layer's output: those of each direction.
  int outputSize(int index) {
    return Math.multiplyExact(specs.get(index).size(), get(index, 0).output());
  }

  private static List<LayerSpec> specs(Layer layer, int input) {
    int projected = layer.projectionSize() == 0 ? layer.hiddenSize() : layer.projectionSize();
    int units = Math.max(layer.hiddenSize(), projected);
    LayerSpec.checkSizes(layer.cell(), input, units, layer.directions());
    List<LayerSpec> specs = new ArrayList<>();
    for (int direction = 0; direction < layer.directions(); direction++) {
      specs.add(new LayerSpec(layer.cell(direction), input, layer.hiddenSize(), projected));
    }
    return List.copyOf(specs);
  }

  private static void checkInput(int index, int input, LayerSpec spec) {
    if (spec.cell().inputIsOutput() && input != spec.output()) {
      throw new IllegalArgumentException(
          "cell %s combines x with its output element by element, so both must have as many features; the input of layer %d has %d, its output %d in one direction"
              .formatted(spec.cell(), index, input, spec.output()));
    }
  }

  /// What a layer reads of the one below, that one must have.
  private void checkBelow(int index) {
    LayerSpec spec = specs.get(index).getFirst();
    if (index == 0 || spec.aboveWidth() == 0) {
      return;
    }
    Layer layer = stack.get(index);
    Layer lower = stack.get(index - 1);
    LayerSpec below = specs.get(index - 1).getFirst();
    boolean isAlike =
        lower.cell().equals(layer.cell())
            && Objects.equals(lower.forward(), layer.forward())
            && Objects.equals(lower.backward(), layer.backward());
    for (String state : spec.cell().below()) {
      if (!isAlike || spec.stateSize(state) != below.stateSize(state)) {
        throw new IllegalArgumentException(
            "cell %s reads %s of the layer below, which must have the same cell and directions and a %s of the same size; layer %d is %s with inputs of %d, layer %d is %s with inputs of %d"
                .formatted(
                    spec.cell(),
                    state,
                    state,
                    index - 1,
                    lower,
                    below.input(),
                    index,
                    layer,
                    spec.input()));
      }
    }
  }
}
