package io.kioku;

import io.kioku.cell.Cell;
import java.util.Objects;

/// One layer of a [Network]: its cell, its size, and which way it runs through time.
///
///     Layer.of(Cells.LSTM, 256)                       // from the first step to the last
///     Layer.of(Cells.GRU, 128).bidirectional()        // both ways, outputs side by side
///     Layer.of(Cells.LSTM, 256).backwards()           // from the last step to the first
///
/// A layer that runs backwards gives its output in the order of its input's time, as ONNX's `reverse` does: `y[t]` is
/// what it made of steps T - 1 to t. Keras' `go_backwards` gives the same rows in the order in which they were computed,
/// `y[T - 1]` first; turn the output around to get those.
///
/// @param forward the cell from the first step to the last; null if the layer runs backwards only
/// @param backward the cell from the last step to the first; null if the layer runs forwards only. Of a layer that has
///   both, it differs from the other in functions at most
/// @param hiddenSize H, the units of each direction; at least 1
/// @param projectionSize P, the size of each direction's output if the cell projects it (PyTorch's `proj_size`); 0 for H
/// @param hasBias whether there are biases; without, they count as zero
public record Layer(
    Cell forward, Cell backward, int hiddenSize, int projectionSize, boolean hasBias) {
  /// @throws IllegalArgumentException if there is no cell, a size is out of range, or the two
  ///   directions' cells do not have the same states and parameters
  /// @throws io.kioku.cell.EquationException if the cell's periods do not divide H, or it has no
  ///   projection and one is asked for
  public Layer {
    if (forward == null && backward == null) {
      throw new IllegalArgumentException("a layer without a cell, expected one or two");
    }
    Checks.positive("hiddenSize", hiddenSize);
    if (projectionSize < 0) {
      throw new IllegalArgumentException(
          "projectionSize is %d, expected at least 1, or 0 for none".formatted(projectionSize));
    }
    if (forward != null) {
      forward.checkSizes(hiddenSize, projectionSize);
    }
    if (backward != null) {
      backward.checkSizes(hiddenSize, projectionSize);
    }
    if (forward != null && backward != null) {
      checkSameShape(forward, backward);
    }
  }

  private static void checkSameShape(Cell forward, Cell backward) {
    boolean same =
        backward.states().equals(forward.states())
            && backward.parameters().equals(forward.parameters())
            && backward.stacks().equals(forward.stacks())
            && backward.below().equals(forward.below())
            && backward.inputIsOutput() == forward.inputIsOutput()
            && forward.states().stream().allMatch(s -> forward.size(s) == backward.size(s))
            && backward.hasScore() == forward.hasScore()
            && backward.periods().equals(forward.periods());
    if (!same) {
      throw new IllegalArgumentException(
          "the cells of both directions must have the same states and parameters; %s has %s and %s, %s has %s and %s"
              .formatted(
                  forward,
                  forward.states(),
                  forward.parameters(),
                  backward,
                  backward.states(),
                  backward.parameters()));
    }
  }

  /// A layer that runs forwards, with biases.
  ///
  /// @param hiddenSize H, at least 1
  public static Layer of(Cell cell, int hiddenSize) {
    return new Layer(Objects.requireNonNull(cell, "cell"), null, hiddenSize, 0, true);
  }

  /// The same, run both ways.
  public Layer bidirectional() {
    return bidirectional(cell());
  }

  /// The same, run both ways.
  ///
  /// @param backwardCell the cell from the last step to the first: the states and parameters of the
  ///   other, perhaps with other functions
  public Layer bidirectional(Cell backwardCell) {
    Objects.requireNonNull(backwardCell, "backwardCell");
    return new Layer(cell(), backwardCell, hiddenSize, projectionSize, hasBias);
  }

  /// The same, run from the last step to the first only.
  public Layer backwards() {
    return new Layer(null, cell(), hiddenSize, projectionSize, hasBias);
  }

  /// The same with outputs of P elements, as PyTorch's `proj_size`.
  ///
  /// @param size P, at least 1
  public Layer projection(int size) {
    Checks.positive("projection", size);
    return new Layer(forward, backward, hiddenSize, size, hasBias);
  }

  /// The same without biases.
  public Layer withoutBias() {
    return new Layer(forward, backward, hiddenSize, projectionSize, false);
  }

  /// The cell: the forward one if there are two.
  public Cell cell() {
    return forward != null ? forward : backward;
  }

  /// 2 if the layer runs both ways, else 1.
  public int directions() {
    return forward != null && backward != null ? 2 : 1;
  }

  /// Whether a direction runs from the last step to the first.
  ///
  /// @param direction 0, or 1 if there are two
  public boolean isBackward(int direction) {
    return direction == 1 || forward == null;
  }

  /// The cell of a direction.
  Cell cell(int direction) {
    return isBackward(direction) ? backward : forward;
  }

  @Override
  public String toString() {
    String way = directions() == 2 ? " both ways" : forward == null ? " backwards" : "";
    return "%s %d%s%s%s"
        .formatted(
            cell(),
            hiddenSize,
            projectionSize == 0 ? "" : " projected to " + projectionSize,
            way,
            hasBias ? "" : " without bias");
  }
}
