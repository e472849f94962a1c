package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Parameter;
import io.kioku.cell.Size;
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
/// @param backward the cell of the direction from the last step to the first, which differs from the other in functions
///   at most; null if there is one direction
/// @param inputSize I, the features of the input; at least 1
/// @param hiddenSize H, the units of each layer and direction; at least 1
/// @param projectionSize P, the size of each layer's and direction's output if the cell projects it (PyTorch's
///   `proj_size`); 0 for H
/// @param layers how many layers; at least 1
/// @param hasBias whether there are biases; without, they count as zero
/// @param isBatchFirst whether input and output are (N, T, ·) rather than (T, N, ·)
public record Network(
    Cell cell,
    Cell backward,
    int inputSize,
    int hiddenSize,
    int projectionSize,
    int layers,
    boolean hasBias,
    boolean isBatchFirst) {
  /// The most floats of one layer's weights in one direction: they must be addressable by one
  /// array.
  private static final long MAX_WEIGHTS = Integer.MAX_VALUE - 8;

  private static final int MAX_LAYERS = 10_000;

  /// @throws IllegalArgumentException if a size is below 1 or too large to be held, if the cell
  ///   combines its input with its output element by element and their sizes differ, or if the two
  ///   directions' cells do not have the same states and parameters
  /// @throws io.kioku.cell.EquationException if the cell's periods do not divide H, or it has no
  ///   projection and one is asked for
  public Network {
    Objects.requireNonNull(cell, "cell");
    Checks.positive("inputSize", inputSize);
    Checks.positive("hiddenSize", hiddenSize);
    Checks.positive("layers", layers);
    if (projectionSize < 0) {
      throw new IllegalArgumentException(
          "projectionSize is %d, expected at least 1, or 0 for none".formatted(projectionSize));
    }
    if (layers > MAX_LAYERS) {
      throw new IllegalArgumentException(
          "layers is %d, expected at most %d".formatted(layers, MAX_LAYERS));
    }
    cell.checkSizes(hiddenSize, projectionSize);
    int directions = backward == null ? 1 : 2;
    if (backward != null) {
      backward.checkSizes(hiddenSize, projectionSize);
      checkSameShape(cell, backward);
    }
    long units = Math.max(hiddenSize, projectionSize);
    long widest = Math.max(inputSize, units * directions);
    long products = Math.max(1, cell.parameters().size());
    if (widest * units > MAX_WEIGHTS / products || inputSize > MAX_WEIGHTS / products / units) {
      throw new IllegalArgumentException(
          "inputSize %d and hiddenSize %d make one of cell %s's %d parameters larger than %d values"
              .formatted(inputSize, units, cell, products, MAX_WEIGHTS / products));
    }
    if ((long) layers * directions * cell.states().size() * Math.max(units, inputSize)
        > MAX_WEIGHTS) {
      throw new IllegalArgumentException(
          "%d layers of %d units make a state larger than %d values"
              .formatted(layers, units, MAX_WEIGHTS));
    }
    boolean readsInputBelow = cell.below().stream().anyMatch(s -> cell.size(s) == Size.INPUT);
    if (cell.inputIsOutput() || (layers > 1 && readsInputBelow)) {
      int output =
          cell.size("h")
              .of(inputSize, hiddenSize, projectionSize == 0 ? hiddenSize : projectionSize);
      checkOneSize(cell, inputSize, output, layers > 1 ? directions : 1);
    }
  }

  private static void checkOneSize(Cell cell, int inputSize, int outputSize, int directions) {
    if (inputSize != outputSize || directions != 1) {
      throw new IllegalArgumentException(
          "cell %s combines x with its output element by element, or reads an input of the layer below, so every layer's input must have as many features as its output; inputSize is %d, the output's %d%s"
              .formatted(
                  cell,
                  inputSize,
                  outputSize,
                  directions == 1 ? "" : ", and two directions double the input of layer 1"));
    }
  }

  private static void checkSameShape(Cell cell, Cell backward) {
    boolean same =
        backward.states().equals(cell.states())
            && backward.parameters().equals(cell.parameters())
            && backward.stacks().equals(cell.stacks())
            && backward.below().equals(cell.below())
            && backward.inputIsOutput() == cell.inputIsOutput()
            && cell.states().stream().allMatch(s -> cell.size(s) == backward.size(s))
            && backward.hasScore() == cell.hasScore()
            && backward.periods().equals(cell.periods());
    if (!same) {
      throw new IllegalArgumentException(
          "the cells of both directions must have the same states and parameters; %s has %s and %s, %s has %s and %s"
              .formatted(
                  cell,
                  cell.states(),
                  cell.parameters(),
                  backward,
                  backward.states(),
                  backward.parameters()));
    }
  }

  /// One layer in one direction, with biases, time first.
  ///
  /// @param inputSize I, at least 1
  /// @param hiddenSize H, at least 1
  public static Network of(Cell cell, int inputSize, int hiddenSize) {
    return new Network(cell, null, inputSize, hiddenSize, 0, 1, true, false);
  }

  /// The same with another number of layers.
  public Network layers(int count) {
    return new Network(
        cell, backward, inputSize, hiddenSize, projectionSize, count, hasBias, isBatchFirst);
  }

  /// The same with layers that run both ways.
  public Network bidirectional() {
    return bidirectional(cell);
  }

  /// The same with layers that run both ways.
  ///
  /// @param backwardCell the cell from the last step to the first: the states and parameters of the
  ///   other, perhaps with other functions
  public Network bidirectional(Cell backwardCell) {
    Objects.requireNonNull(backwardCell, "backwardCell");
    return new Network(
        cell, backwardCell, inputSize, hiddenSize, projectionSize, layers, hasBias, isBatchFirst);
  }

  /// The same with outputs of P elements, as PyTorch's `proj_size`.
  ///
  /// @param size P, at least 1
  public Network projection(int size) {
    Checks.positive("projection", size);
    return new Network(cell, backward, inputSize, hiddenSize, size, layers, hasBias, isBatchFirst);
  }

  /// The same without biases.
  public Network withoutBias() {
    return new Network(
        cell, backward, inputSize, hiddenSize, projectionSize, layers, false, isBatchFirst);
  }

  /// The same with input and output as (N, T, ·).
  public Network batchFirst() {
    return new Network(
        cell, backward, inputSize, hiddenSize, projectionSize, layers, hasBias, true);
  }

  /// Whether layers run both ways.
  public boolean isBidirectional() {
    return backward != null;
  }

  /// 2 if layers run both ways, else 1.
  public int directions() {
    return backward == null ? 1 : 2;
  }

  /// Features of the output: H, or P if the output is a projection, for each direction.
  public int outputSize() {
    return directions() * layer(0, 0).output();
  }

  /// Values of one step's input: I, and behind them the score if the cell has one.
  public int inputWidth() {
    return inputSize + (cell.hasScore() ? 1 : 0);
  }

  /// The tensors that [Weights] must hold, with PyTorch's names and shapes: `weight_ih_l0`
  /// (gates·H, I), `weight_hh_l0` (gates·H, H), `bias_ih_l0`, `bias_hh_l0`, `weight_hr_l0` (P, H)
  /// of a projection, then `_reverse` of each, then layer 1, …; all others have their own names.
  /// See [Stack] for the order of gates.
  public Map<String, long[]> parameters() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (int layer = 0; layer < layers; layer++) {
      LayerSpec spec = layer(layer, 0);
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

  /// A layer in one direction.
  LayerSpec layer(int index, int direction) {
    int projected = projectionSize == 0 ? hiddenSize : projectionSize;
    int output = cell.size("h").of(inputSize, hiddenSize, projected);
    return new LayerSpec(
        direction == 0 ? cell : backward,
        index == 0 ? inputSize : directions() * output,
        hiddenSize,
        projected);
  }

  /// What PyTorch appends to the names of a layer's tensors.
  static String suffix(int layer, int direction) {
    return "_l" + layer + (direction == 1 ? "_reverse" : "");
  }

  /// (rows) or (rows, columns).
  static long[] shape(Parameter parameter, LayerSpec spec) {
    int rows = spec.of(parameter.rows());
    return parameter.isMatrix()
        ? new long[] {rows, spec.of(parameter.columns())}
        : new long[] {rows};
  }
}
