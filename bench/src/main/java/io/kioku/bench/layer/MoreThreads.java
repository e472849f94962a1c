package io.kioku.bench.layer;

import io.kioku.Precision;
import io.kioku.cell.Cell;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `bench/compare threads`: a call of two threads beside one of one.
@Command(
    name = "threads",
    mixinStandardHelpOptions = true,
    description = "Times calls of several threads beside those of one.")
final class MoreThreads extends PairCommand {
  /// Of two threads; of more, as much of each further one.
  private static final double AIM = 1.85;

  @Option(
      names = "--threads",
      paramLabel = "NUMBER",
      defaultValue = "2",
      description = "Threads of a call. Default ${DEFAULT-VALUE}.")
  private int threads;

  MoreThreads() {
    super("threads", "how many times as fast as with one thread", true);
  }

  @Override
  List<String> usualCells() {
    return List.of("LSTM", "GRU", "OWN_LSTM");
  }

  @Override
  List<int[]> usualSizes(boolean isQuick) {
    return isQuick
        ? List.of(new int[] {50}, new int[] {1, 8}, new int[] {256, 512})
        : List.of(new int[] {50}, new int[] {1, 4, 8, 32}, new int[] {256, 512, 1024});
  }

  @Override
  Map<String, String> about() {
    return Map.of("threads", Integer.toString(threads));
  }

  @Override
  Plan plan(Cell cell, Precision precision, Size size) {
    CellLayer layer = new CellLayer(cell, size.steps(), size.batch(), size.hidden());
    return new Plan(
        cell.name(),
        new Job(layer, precision, threads, false),
        "one thread",
        new Job(layer, precision, 1, false),
        1,
        1 + (threads - 1) * (AIM - 1));
  }
}
