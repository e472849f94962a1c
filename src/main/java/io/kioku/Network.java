package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Parameter;
import io.kioku.cell.Stack;
import io.kioku.internal.backend.LayerSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What is computed: a stack of recurrent layers of one cell. Immutable data that knows nothing of weights or native
/// code.
///
///     Network network = Network.of(Cells.LSTM, 64, 256).layers(2).bidirectional();
///
/// The first layer reads I features; each further one reads the outputs of the layer below, those of both directions
/// side by side if there are two, as PyTorch does.
///
/// @param cell the cell of every layer
/// @param inputSize I, the features of the input; at least 1
/// @param hiddenSize H, the units of each layer and direction; at least 1
/// @param layers how many layers; at least 1
/// @param isBidirectional whether each layer also runs from the last step to the first
/// @param hasBias whether there are biases; without, they count as zero
/// @param isBatchFirst whether input and output are (N, T, ·) rather than (T, N, ·)
public record Network(
    Cell cell,
    int inputSize,
    int hiddenSize,
    int layers,
    boolean isBidirectional,
    boolean hasBias,
    boolean isBatchFirst) {
  /// The most floats of one layer's weights in one direction: they must be addressable by one
  /// array.
  private static final long MAX_WEIGHTS = Integer.MAX_VALUE - 8;

  private static final int MAX_LAYERS = 10_000;

  /// @throws IllegalArgumentException if a size is below 1 or too large to be held, or if the cell
  ///   combines its input with its state element by element and I is not H
  public Network {
    Objects.requireNonNull(cell, "cell");
    Checks.positive("inputSize", inputSize);
    Checks.positive("hiddenSize", hiddenSize);
    Checks.positive("layers", layers);
    if (layers > MAX_LAYERS) {
      throw new IllegalArgumentException(
          "layers is %d, expected at most %d".formatted(layers, MAX_LAYERS));
    }
    int directions = isBidirectional ? 2 : 1;
    long widest = Math.max(inputSize, (long) hiddenSize * directions);
    long products = Math.max(1, cell.parameters().size());
    if (widest * hiddenSize > MAX_WEIGHTS / products
        || inputSize > MAX_WEIGHTS / products / hiddenSize) {
      throw new IllegalArgumentException(
          "inputSize %d and hiddenSize %d make one of cell %s's %d parameters larger than %d values"
              .formatted(inputSize, hiddenSize, cell, products, MAX_WEIGHTS / products));
    }
    if ((long) layers * directions * cell.states().size() * hiddenSize > MAX_WEIGHTS) {
      throw new IllegalArgumentException(
          "%d layers of %d units make a state larger than %d values"
              .formatted(layers, hiddenSize, MAX_WEIGHTS));
    }
    if (cell.inputIsHidden()) {
      checkOneSize(cell, inputSize, hiddenSize, layers > 1 ? directions : 1);
    }
  }

  private static void checkOneSize(Cell cell, int inputSize, int hiddenSize, int directions) {
    if (inputSize != hiddenSize || directions != 1) {
      throw new IllegalArgumentException(
          "cell %s combines x with its state element by element, so every layer's input must have hiddenSize features; inputSize is %d, hiddenSize %d%s"
              .formatted(
                  cell,
                  inputSize,
                  hiddenSize,
                  directions == 1 ? "" : ", and two directions double the input of layer 1"));
    }
  }

  /// One layer in one direction, with biases, time first.
  ///
  /// @param inputSize I, at least 1
  /// @param hiddenSize H, at least 1
  public static Network of(Cell cell, int inputSize, int hiddenSize) {
    return new Network(cell, inputSize, hiddenSize, 1, false, true, false);
  }

  /// The same with another number of layers.
  public Network layers(int count) {
    return new Network(cell, inputSize, hiddenSize, count, isBidirectional, hasBias, isBatchFirst);
  }

  /// The same with layers that run both ways.
  public Network bidirectional() {
    return new Network(cell, inputSize, hiddenSize, layers, true, hasBias, isBatchFirst);
  }

  /// The same without biases.
  public Network withoutBias() {
    return new Network(cell, inputSize, hiddenSize, layers, isBidirectional, false, isBatchFirst);
  }

  /// The same with input and output as (N, T, ·).
  public Network batchFirst() {
    return new Network(cell, inputSize, hiddenSize, layers, isBidirectional, hasBias, true);
  }

  /// 2 if layers run both ways, else 1.
  public int directions() {
    return isBidirectional ? 2 : 1;
  }

  /// Features of the output: H for each direction.
  public int outputSize() {
    return directions() * hiddenSize;
  }

  /// The tensors that [Weights] must hold, with PyTorch's names and shapes: `weight_ih_l0`
  /// (gates·H, I), `weight_hh_l0` (gates·H, H), `bias_ih_l0`, `bias_hh_l0`, then `_reverse` of
  /// each, then layer 1, …; vectors that are no biases have their own names. See [Stack] for the
  /// order of gates.
  public Map<String, long[]> parameters() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (int layer = 0; layer < layers; layer++) {
      LayerSpec spec = layer(layer);
      for (int direction = 0; direction < directions(); direction++) {
        for (Stack stack : stacks()) {
          long[] block = shape(stack.blocks().getFirst(), spec);
          block[0] *= stack.blocks().size();
          shapes.put(stack.name() + suffix(layer, direction), block);
        }
        for (Parameter own : unstacked()) {
          shapes.put(own.name() + suffix(layer, direction), shape(own, spec));
        }
      }
    }
    return shapes;
  }

  /// The stacks of the cell, without biases if there are none.
  List<Stack> stacks() {
    return cell.stacks().stream().filter(s -> hasBias || s.blocks().getFirst().isMatrix()).toList();
  }

  /// Parameters that no stack of the cell holds.
  List<Parameter> unstacked() {
    List<Parameter> own = new ArrayList<>(cell.parameters());
    cell.stacks().forEach(s -> own.removeAll(s.blocks()));
    return own;
  }

  /// A layer's sizes.
  LayerSpec layer(int index) {
    return new LayerSpec(cell, index == 0 ? inputSize : outputSize(), hiddenSize);
  }

  /// What PyTorch appends to the names of a layer's tensors.
  static String suffix(int layer, int direction) {
    return "_l" + layer + (direction == 1 ? "_reverse" : "");
  }

  /// (rows) or (rows, columns).
  static long[] shape(Parameter parameter, LayerSpec spec) {
    int rows = parameter.rows().of(spec.input(), spec.hidden());
    return parameter.isMatrix()
        ? new long[] {rows, parameter.columns().of(spec.input(), spec.hidden())}
        : new long[] {rows};
  }
}
