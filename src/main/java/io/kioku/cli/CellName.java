package io.kioku.cli;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.util.List;

/// The cells of the library by the names that users write.
final class CellName {
  private CellName() {}

  /// The cell of a name.
  ///
  /// @throws UserError if there is none; the message has those that may be meant
  static Cell find(String name) {
    return Cells.find(name)
        .orElseThrow(() -> {
          List<String> near = Nearest.of(name, Cells.all().stream().map(Cell::name).toList());
          return new UserError(
              "there is no cell '%s'%s; kioku cells lists all"
                  .formatted(name, near.isEmpty() ? "" : ", but " + String.join(", ", near)));
        });
  }
}
