package io.kioku.internal.backend;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.Node;
import io.kioku.cell.Size;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a backend runs: a cell and its sizes, one layer in one direction.
public final class LayerSpec {
  /// The most floats of one layer's weights in one direction: they must be addressable by one
  /// array.
  public static final long MAX_WEIGHTS = Integer.MAX_VALUE - 8;

  private final Cell cell;
  private final int input;
  private final int hidden;
  private final int projected;
  private final Map<String, Integer> stateOffsets = new LinkedHashMap<>();
  private final Map<String, Integer> stateSizes = new LinkedHashMap<>();
  private final Map<String, Integer> belowOffsets = new LinkedHashMap<>();
  private final int output;
  private final int aboveOffset;
  private final int stateWidth;
  private final int clockOffset; // -1 if the cell has no periods
  private final int sideWidth;
  private final Quantization quantization;

  /// @param input I
  /// @param hidden H
  /// @param projected P, the size of an output that is a projection
  /// @throws ArithmeticException if there are more values than an int counts
  public LayerSpec(Cell cell, int input, int hidden, int projected) {
    this(cell, input, hidden, projected, Quantization.NONE);
  }

  private LayerSpec(Cell cell, int input, int hidden, int projected, Quantization quantization) {
    this.cell = cell;
    this.quantization = quantization;
    this.input = input;
    this.hidden = hidden;
    this.projected = projected;
    this.output = of(cell.size("h"));
    this.aboveOffset = cell.hasScore() ? 1 : 0;
    this.stateWidth = place(cell.states(), 0, stateOffsets);
    this.clockOffset = cell.periods().isEmpty() ? -1 : stateWidth - 1; // the clock comes last
    this.sideWidth = place(cell.below(), aboveOffset, belowOffsets);
    for (String state : cell.states()) {
      stateSizes.put(state, of(cell.size(state)));
    }
  }

  /// Refuses sizes of which a layer would be too large to be held.
  ///
  /// @param units the larger of H and P
  /// @param directions 1 or 2
  /// @throws IllegalArgumentException if they are
  public static void checkSizes(Cell cell, int input, int units, int directions) {
    long widest = Math.max(input, (long) units * directions);
    long most = MAX_WEIGHTS / Math.max(1, cell.parameters().size());
    if (widest > most / units || widest * cell.states().size() > most) {
      throw new IllegalArgumentException(
          "inputSize %d and hiddenSize %d make one of cell %s's %d parameters larger than %d values"
              .formatted(input, units, cell, cell.parameters().size(), most));
    }
  }

  /// The same layer, computed in something else. Affine layers are computed in float32 always.
  public LayerSpec in(Quantization other) {
    return isAffine() ? this : new LayerSpec(cell, input, hidden, projected, other);
  }

  /// In what the layer is computed.
  public Quantization quantization() {
    return quantization;
  }

  private int place(List<String> states, int from, Map<String, Integer> offsets) {
    int width = from;
    for (String state : states) {
      offsets.put(state, width);
      width = Math.addExact(width, of(cell.size(state)));
    }
    return width;
  }

  public Cell cell() {
    return cell;
  }

  /// Whether the layer is an affine map without recurrence: one matrix product, and OpenBLAS's
  /// whoever else computes.
  public boolean isAffine() {
    return cell.sameAs(Cells.LINEAR);
  }

  /// I, the features of `x`.
  public int input() {
    return input;
  }

  /// H.
  public int hidden() {
    return hidden;
  }

  /// Elements of the output.
  public int output() {
    return output;
  }

  /// The number that a size stands for.
  public int of(Size size) {
    return size.of(input, hidden, projected);
  }

  /// The elements of a value.
  public int size(Node node) {
    return of(node.size());
  }

  /// Floats of one stream's state: its states one after the other, `h` first.
  public int stateWidth() {
    return stateWidth;
  }

  /// Where a state begins in that.
  public int stateOffset(String state) {
    return stateOffsets.get(state);
  }

  /// The elements of a state.
  public int stateSize(String state) {
    return stateSizes.get(state);
  }

  /// The float of a stream's state that counts its steps; -1 if the cell has no periods.
  public int clockOffset() {
    return clockOffset;
  }

  /// The steps that a stream's modules have counted so far; 0 if the cell has no periods.
  ///
  /// @param at the float at which the stream's state begins
  public float clock(MemorySegment state, long at) {
    return clockOffset < 0 ? 0 : Rows.get(state, at + clockOffset);
  }

  /// Sets a stream's clock some steps later.
  public void tick(MemorySegment state, long at, long steps) {
    if (clockOffset >= 0) {
      long now = (long) clock(state, at);
      Rows.set(state, at + clockOffset, (float) ((now + steps) % cell.cycle()));
    }
  }

  /// Floats of one step and stream that a layer reads beside `x`: the score, if the cell has one,
  /// then the states of the layer below that it names.
  public int sideWidth() {
    return sideWidth;
  }

  /// Where a state of the layer below begins in that; -1 if it is not read.
  public int belowOffset(String state) {
    return belowOffsets.getOrDefault(state, -1);
  }

  /// How many of the side's floats are the layer's own to write for the layer above: all but the
  /// score.
  public int aboveWidth() {
    return sideWidth - aboveOffset;
  }

  /// Where those begin.
  public int aboveOffset() {
    return aboveOffset;
  }
}
