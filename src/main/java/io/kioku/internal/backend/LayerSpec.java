package io.kioku.internal.backend;

import io.kioku.cell.Cell;

/// What a backend runs: a cell with I input features and H units, one layer in one direction.
public record LayerSpec(Cell cell, int input, int hidden) {
  /// Floats of one stream's state: H for each state of the cell, `h` first.
  public int stateWidth() {
    return Math.multiplyExact(cell.states().size(), hidden);
  }
}
