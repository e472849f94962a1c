package io.kioku.cli;

import io.kioku.Network;
import io.kioku.cell.Cell;
import io.kioku.internal.backend.LayerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Cells as `kioku cells` prints them: a line for each, or one with all that follows from its
/// equations.
final class CellText {
  private static final String INDENT = "  ";

  private CellText() {}

  /// A line for each cell, then what is to be said of some.
  static String list(List<Cell> cells, LayerSize size) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("cell", "states", "parameters", "backends", "source"));
    Map<String, List<String>> changes = new TreeMap<>();
    for (Cell cell : cells) {
      LayerSize fit = size.fitting(cell);
      rows.add(
          List.of(
              cell.name(),
              String.join(", ", cell.states()),
              count(fit.network(cell, "--size")),
              String.join(", ", CellBackends.names(fit.spec(cell))),
              cell.source()));
      if (!size.change(cell).isEmpty()) {
        changes.computeIfAbsent(size.change(cell), c -> new ArrayList<>()).add(cell.name());
      }
    }
    StringBuilder text = new StringBuilder(Columns.lines("", rows));
    text.append("\nparameters of one layer of %s (I x H)\n".formatted(size));
    changes.forEach(
        (change, names) -> text.append("%s: %s\n".formatted(String.join(", ", names), change)));
    CellBackends.missing()
        .forEach((why, names) ->
            text.append("%s cannot be used here: %s\n".formatted(String.join(", ", names), why)));
    return text.toString();
  }

  /// Everything about one cell.
  static String page(Cell cell, LayerSize size) {
    LayerSize fit = size.fitting(cell);
    Network network = fit.network(cell, "--size"); // first, for it checks the sizes
    LayerSpec spec = fit.spec(cell);
    String change = size.change(cell);
    return title(cell)
        + "\n\n"
        + equations(cell)
        + "\nI = %d, H = %d%s\n"
            .formatted(fit.input(), fit.hidden(), change.isEmpty() ? "" : " (" + change + ")")
        + section("input of a step", facts(CellFact.inputs(cell), spec))
        + section("states", facts(CellFact.states(cell), spec))
        + section(
            "tensors of one layer, %s parameters".formatted(count(network)),
            facts(CellFact.tensors(cell), spec))
        + section("backends", CellBackends.verdicts(spec))
        + section("the planner's choice", CellBackends.plans(spec));
  }

  /// The name and who described the cell.
  private static String title(Cell cell) {
    return cell.source().isEmpty() ? cell.name() : cell.name() + ": " + cell.source();
  }

  /// The text as written, but for the comment that is its source.
  static String equations(Cell cell) {
    return cell.equations()
        .lines()
        .dropWhile(line -> line.isBlank() || line.strip().startsWith("#"))
        .map(line -> line.stripTrailing() + "\n")
        .collect(Collectors.joining());
  }

  private static String section(String title, List<List<String>> rows) {
    return "\n" + title + "\n" + Columns.lines(INDENT, rows);
  }

  private static List<List<String>> facts(List<CellFact> facts, LayerSpec spec) {
    return facts.stream().map(f -> List.of(f.name(), f.numbers(spec), f.what())).toList();
  }

  private static String count(Network network) {
    long count = 0;
    for (long[] shape : network.parameters().values()) {
      long product = 1;
      for (long dim : shape) {
        product *= dim;
      }
      count += product;
    }
    return String.format(Locale.ROOT, "%,d", count);
  }
}
