package io.kioku.bench.layer;

import io.kioku.Precision;
import io.kioku.cell.Cell;
import java.util.List;
import picocli.CommandLine.Command;

/// `bench/compare ragged`: batches of different lengths beside the same steps in equal lengths.
@Command(
    name = "ragged",
    mixinStandardHelpOptions = true,
    description =
        "Times batches whose streams have from a fifth of T steps to T beside batches in which each"
            + " has three fifths of T: as many steps in all.")
final class RaggedBatches extends PairCommand {
  private static final double AIM = 1.15;

  RaggedBatches() {
    super("ragged", "the time of mixed lengths over that of as many steps in equal ones", false);
  }

  @Override
  List<String> usualCells() {
    return List.of("LSTM", "GRU", "OWN_LSTM", "LAYER_NORM_LSTM", "CLOCKWORK");
  }

  @Override
  List<int[]> usualSizes(boolean isQuick) {
    return isQuick
        ? List.of(new int[] {50}, new int[] {8}, new int[] {64, 256})
        : List.of(new int[] {50}, new int[] {4, 8, 16, 32}, new int[] {64, 128, 256, 512});
  }

  @Override
  Plan plan(Cell cell, Precision precision, Size size) {
    if (size.steps() % 5 != 0) {
      throw new IllegalArgumentException("T is a multiple of 5 here, not " + size.steps());
    }
    CellLayer longest = new CellLayer(cell, size.steps(), size.batch(), size.hidden());
    int mean = Job.meanLength(size.steps());
    return new Plan(
        cell.name(),
        new Job(longest, precision, 1, true),
        "equal lengths",
        new Job(longest.withSteps(mean), precision, 1, false),
        1,
        AIM);
  }
}
