package io.kioku.cell;

import java.util.ArrayList;
import java.util.List;

/// Cells in the order in which they are written down, so that a new one needs no second list.
final class Catalog {
  private final List<Cell> cells = new ArrayList<>();

  Cell add(String name, String equations) {
    return add(Cell.known(name, equations));
  }

  Cell add(Cell cell) {
    cells.add(cell);
    return cell;
  }

  List<Cell> cells() {
    return List.copyOf(cells);
  }
}
