package io.kioku.bench.layer;

import io.kioku.Precision;
import io.kioku.cell.Cell;
import java.util.List;
import picocli.CommandLine.Command;

/// `bench/compare own`: cells of a user's own and less known ones beside the known one with the
/// same products.
@Command(
    name = "own",
    mixinStandardHelpOptions = true,
    description =
        "Times a user's own cell and others beside the LSTM, GRU or RNN with as many products; if"
            + " there is none, beside the LSTM, whose time then counts in proportion.")
final class OwnCells extends PairCommand {
  private static final double AIM = 1.10;

  /// A row must be whole before it is normalised, so that such a cell passes over it once more.
  private static final double AIM_WITH_NORM = 1.25;

  OwnCells() {
    super("own", "the cell's time over that of the known cell with the same products", false);
  }

  @Override
  List<String> usualCells() {
    return List.of("OWN_LSTM", "OWN_GRU", "LAYER_NORM_LSTM", "LSTM_PEEPHOLE", "SLSTM", "CLOCKWORK");
  }

  @Override
  List<int[]> usualSizes(boolean isQuick) {
    return isQuick
        ? List.of(new int[] {1, 50}, new int[] {1, 4, 16}, new int[] {64, 256})
        : List.of(new int[] {1, 50}, new int[] {1, 2, 4, 8, 16, 32}, new int[] {64, 128, 256, 512});
  }

  @Override
  Plan plan(Cell cell, Precision precision, Size size) {
    Cell known = BenchCells.likeIt(cell);
    return new Plan(
        cell.name(),
        job(cell, precision, size),
        known.name(),
        job(known, precision, size),
        (double) BenchCells.products(cell) / BenchCells.products(known),
        BenchCells.hasNorm(cell) ? AIM_WITH_NORM : AIM);
  }

  private static Job job(Cell cell, Precision precision, Size size) {
    return new Job(
        new CellLayer(cell, size.steps(), size.batch(), size.hidden()), precision, 1, false);
  }
}
