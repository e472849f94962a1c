package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Parameter;
import io.kioku.cell.Stack;
import io.kioku.internal.backend.LayerSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// What is computed: a stack of recurrent layers. Immutable data that knows nothing of weights or
/// native code.
///
///     Network.of(Cells.LSTM, 64, 256).layers(2).bidirectional();     // layers alike
///     Network.of(64, Layer.of(Cells.LSTM, 256), Layer.of(Cells.GRU, 128));
///
/// The first layer reads I features; each further one reads the outputs of the layer below, those
/// of both directions side by side if there are two, as PyTorch does. A cell's `score` is that of
/// the network's input, in whatever layer; a cell that reads states of the layer below has zeros
/// there if it is the lowest, and else must stand on a layer like itself.
public final class Network {
  private static final int MAX_LAYERS = 10_000;

  private final int inputSize;
  private final List<Layer> stack;
  private final boolean isBatchFirst;
  private final LayerSpecs specs;

  private Network(int inputSize, List<Layer> stack, boolean isBatchFirst) {
    Checks.positive("inputSize", inputSize);
    if (stack.isEmpty() || stack.size() > MAX_LAYERS) {
      throw new IllegalArgumentException(
          "%d layers, expected 1 to %d".formatted(stack.size(), MAX_LAYERS));
    }
    this.inputSize = inputSize;
    this.stack = List.copyOf(stack);
    this.isBatchFirst = isBatchFirst;
    this.specs = new LayerSpecs(inputSize, this.stack);
  }

  /// One layer in one direction, with biases, time first.
  ///
  /// @param inputSize I, at least 1
  /// @param hiddenSize H, at least 1
  /// @throws IllegalArgumentException if a size is below 1 or too large to be held, or if the cell
  ///   combines its input with its output element by element and their sizes differ
  /// @throws io.kioku.cell.EquationException if the cell's periods do not divide H
  public static Network of(Cell cell, int inputSize, int hiddenSize) {
    Objects.requireNonNull(cell, "cell");
    Checks.positive("inputSize", inputSize);
    return of(inputSize, Layer.of(cell, hiddenSize));
  }

  /// Layers on top of each other, time first.
  ///
  /// @param inputSize I, at least 1
  /// @param layers from the input up, at least one
  /// @throws IllegalArgumentException if a size is too large to be held, a layer's cell combines
  ///   its input with its output element by element and their sizes differ, or a cell that reads
  ///   the layer below stands on one of another kind
  public static Network of(int inputSize, Layer... layers) {
    return new Network(inputSize, List.of(layers), false);
  }

  /// The same with one more layer on top.
  ///
  /// @throws IllegalArgumentException as [#of(int, Layer...)]
  public Network then(Layer layer) {
    List<Layer> more = new ArrayList<>(stack);
    more.add(Objects.requireNonNull(layer, "layer"));
    return new Network(inputSize, more, isBatchFirst);
  }

  /// The same with another number of layers, all alike.
  ///
  /// @throws IllegalArgumentException if the layers are not alike now
  public Network layers(int count) {
    Checks.positive("layers", count);
    if (!isUniform()) {
      throw new IllegalArgumentException(
          "%d layers of what, of %s? then() adds one".formatted(count, this));
    }
    if (count > MAX_LAYERS) {
      throw new IllegalArgumentException(
          "layers is %d, expected at most %d".formatted(count, MAX_LAYERS));
    }
    return new Network(inputSize, Collections.nCopies(count, stack.getFirst()), isBatchFirst);
  }

  /// The same with all layers run both ways.
  public Network bidirectional() {
    return each(Layer::bidirectional);
  }

  /// The same with all layers run both ways.
  ///
  /// @param backwardCell the cell from the last step to the first: the states and parameters of the
  ///   other, perhaps with other functions
  public Network bidirectional(Cell backwardCell) {
    return each(layer -> layer.bidirectional(backwardCell));
  }

  /// The same with outputs of P elements in all layers, as PyTorch's `proj_size`.
  ///
  /// @param size P, at least 1
  public Network projection(int size) {
    return each(layer -> layer.projection(size));
  }

  /// The same without biases in any layer.
  public Network withoutBias() {
    return each(Layer::withoutBias);
  }

  private Network each(UnaryOperator<Layer> change) {
    List<Layer> changed = new ArrayList<>();
    for (Layer layer : stack) {
      changed.add(change.apply(layer));
    }
    return new Network(inputSize, changed, isBatchFirst);
  }

  /// The same with input and output as (N, T, ·).
  public Network batchFirst() {
    return new Network(inputSize, stack, true);
  }

  /// I, the features of the input.
  public int inputSize() {
    return inputSize;
  }

  /// Whether input and output are (N, T, ·) rather than (T, N, ·).
  public boolean isBatchFirst() {
    return isBatchFirst;
  }

  /// How many layers.
  public int layers() {
    return stack.size();
  }

  /// A layer.
  ///
  /// @param index from 0, the lowest
  /// @throws IndexOutOfBoundsException if there is none
  public Layer layer(int index) {
    Checks.index("layer", index, stack.size());
    return stack.get(index);
  }

  /// Whether all layers are alike: of one cell, size and direction.
  public boolean isUniform() {
    return stack.stream().allMatch(stack.getFirst()::equals);
  }

  /// The cell of all layers.
  ///
  /// @throws IllegalStateException if they differ in it: ask each [layer][#layer]
  public Cell cell() {
    return ofAll("cell", Layer::cell);
  }

  /// H of all layers.
  ///
  /// @throws IllegalStateException if they differ in it
  public int hiddenSize() {
    return ofAll("hiddenSize", Layer::hiddenSize);
  }

  /// 2 if layers run both ways, else 1.
  ///
  /// @throws IllegalStateException if some do and others do not
  public int directions() {
    return ofAll("directions", Layer::directions);
  }

  private <T> T ofAll(String name, Function<Layer, T> part) {
    List<T> all = stack.stream().map(part).distinct().limit(2).toList();
    if (all.size() > 1) {
      throw new IllegalStateException(
          "layers differ in %s, as %s and %s do: ask each layer"
              .formatted(name, all.get(0), all.get(1)));
    }
    return all.getFirst();
  }

  /// Whether a layer, or a direction of one, runs from the last step to the first, so that outputs
  /// depend on input that comes later.
  public boolean runsBackwards() {
    return stack.stream().anyMatch(layer -> layer.backward() != null);
  }

  /// Whether a layer's cell takes a score with each step.
  public boolean hasScore() {
    for (Layer layer : stack) {
      if (layer.cell().hasScore()) {
        return true;
      }
    }
    return false;
  }

  /// Features of the output: H of the last layer, or P if its output is a projection, for each of
  /// its directions.
  public int outputSize() {
    return specs.outputSize(layers() - 1);
  }

  /// Values of one step's input: I, and behind them the score if a cell has one.
  public int inputWidth() {
    return inputSize + (hasScore() ? 1 : 0);
  }

  /// The tensors that [Weights] must hold, with PyTorch's names and shapes: `weight_ih_l0`
  /// (gates·H, I), `weight_hh_l0` (gates·H, H), `bias_ih_l0`, `bias_hh_l0`, `weight_hr_l0` (P, H)
  /// of a projection, then `_reverse` of each if the layer runs backwards too or only, then layer
  /// 1, …; all others have their own names. See [Stack] for the order of gates.
  public Map<String, long[]> parameters() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (int index = 0; index < layers(); index++) {
      Layer layer = stack.get(index);
      for (int direction = 0; direction < layer.directions(); direction++) {
        LayerSpec spec = spec(index, direction);
        String suffix = suffix(index, direction);
        for (Stack of : stacks(layer)) {
          long[] block = shape(of.blocks().getFirst(), spec);
          block[0] *= of.blocks().size();
          shapes.put(of.name() + suffix, block);
        }
        for (Parameter own : unstacked(layer)) {
          shapes.put(own.name() + suffix, shape(own, spec));
        }
      }
    }
    return shapes;
  }

  /// The stacks of a layer's cell, without biases if there are none.
  static List<Stack> stacks(Layer layer) {
    return layer.cell().stacks().stream()
        .filter(s -> layer.hasBias() || s.blocks().getFirst().isMatrix())
        .toList();
  }

  /// Parameters that no stack of a layer's cell holds.
  static List<Parameter> unstacked(Layer layer) {
    List<Parameter> own = new ArrayList<>(layer.cell().parameters());
    layer.cell().stacks().forEach(s -> own.removeAll(s.blocks()));
    return own;
  }

  /// A layer in one direction.
  LayerSpec spec(int index, int direction) {
    return specs.get(index, direction);
  }

  /// How many directions there are before one, those of the layers below included.
  int index(int layer, int direction) {
    return stack.subList(0, layer).stream().mapToInt(Layer::directions).sum() + direction;
  }

  /// What PyTorch appends to the names of a layer's tensors.
  String suffix(int index, int direction) {
    return "_l" + index + (stack.get(index).isBackward(direction) ? "_reverse" : "");
  }

  /// (rows) or (rows, columns).
  static long[] shape(Parameter parameter, LayerSpec spec) {
    int rows = spec.of(parameter.rows());
    return parameter.isMatrix()
        ? new long[] {rows, spec.of(parameter.columns())}
        : new long[] {rows};
  }

  /// Whether the other has the same layers and order of input.
  @Override
  public boolean equals(Object other) {
    return other instanceof Network that
        && inputSize == that.inputSize
        && isBatchFirst == that.isBatchFirst
        && stack.equals(that.stack);
  }

  @Override
  public int hashCode() {
    return Objects.hash(inputSize, stack, isBatchFirst);
  }

  /// As `network of 64 inputs: LSTM 256, GRU 128 both ways`.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("network of %d inputs: ".formatted(inputSize));
    int same = 0;
    for (int index = 0; index < layers(); index += same) {
      same = 1;
      while (index + same < layers() && stack.get(index + same).equals(stack.get(index))) {
        same++;
      }
      text.append(index == 0 ? "" : ", ").append(stack.get(index));
      text.append(same == 1 ? "" : " × " + same);
    }
    return text.append(isBatchFirst ? ", batch first" : "").toString();
  }
}
