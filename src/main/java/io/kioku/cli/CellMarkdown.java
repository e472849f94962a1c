package io.kioku.cli;

import io.kioku.cell.Cell;
import java.util.List;
import java.util.stream.Collectors;

/// docs/cells.md: the cells of the library with what follows from their equations, in letters.
final class CellMarkdown {
  private static final LayerSize ANY = new LayerSize(256, 256);

  private static final String HEAD =
      """
      <!-- Written by ./kioku cells --markdown > docs/cells.md from the cells' equations. Do not edit. -->

      # Cells

      The cells of [`Cells`](../src/main/java/io/kioku/cell/Cells.java) and of the families beside it, as their equations are written there. [equations.md](equations.md) explains
      the language and how tensors are named; `./kioku cells --show NAME` prints the same with numbers, and which backend the planner takes.

      I is the number of features, H of units, P of the output's elements where it may have a size of its own (else it is H); shapes are those of the first layer, whose tensors end in
      `_l0`. Biases may be left out. Golden numbers of every recurrent cell come from PyTorch, or from the papers' equations in NumPy: see
      [src/test/goldens](../src/test/goldens/README.md), also for where the equations are not quite the paper's.

      """;

  private CellMarkdown() {}

  /// The whole document.
  static String document(List<Cell> cells) {
    String table =
        cells.stream()
            .map(cell ->
                "| [%s](#%s) | %s | %s |\n"
                    .formatted(
                        cell.name(),
                        cell.name().toLowerCase(java.util.Locale.ROOT),
                        cell.source(),
                        backends(cell)))
            .collect(Collectors.joining());
    return HEAD
        + "| cell | source | backends |\n|---|---|---|\n"
        + table
        + cells.stream().map(CellMarkdown::section).collect(Collectors.joining());
  }

  private static String section(Cell cell) {
    StringBuilder text = new StringBuilder();
    text.append("\n## %s\n\n%s.\n\n".formatted(cell.name(), cell.source()));
    text.append("```\n").append(CellText.equations(cell)).append("```\n\n");
    text.append("| | shape | |\n|---|---|---|\n");
    text.append(rows("input", CellFact.inputs(cell)));
    text.append(rows("state", CellFact.states(cell)));
    text.append(rows("tensor", CellFact.tensors(cell)));
    text.append("\nBackends: %s.".formatted(backends(cell)));
    if (cell.inputIsOutput()) {
      text.append(" I must be H.");
    }
    if (!cell.periods().isEmpty()) {
      text.append(" H must be a multiple of %d.".formatted(cell.periods().size()));
    }
    return text.append('\n').toString();
  }

  private static String rows(String kind, List<CellFact> facts) {
    return facts.stream()
        .map(f -> "| %s `%s` | %s | %s |\n".formatted(kind, f.name(), f.letters(), f.what()))
        .collect(Collectors.joining());
  }

  private static String backends(Cell cell) {
    return String.join(", ", CellBackends.names(ANY.fitting(cell).spec(cell)));
  }
}
