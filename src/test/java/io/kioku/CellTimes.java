package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.Clockwork;
import io.kioku.cell.OtherCells;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Prints what cells save by their structure: those without a recurrent product against an LSTM of
/// the same size, and a clockwork network by the share of its modules that sleep. All on libkioku;
/// each is first checked against the reference. Not a test: docs/performance.md says how to run it.
final class CellTimes {
  private static final int STEPS = 96;
  private static final int[] HIDDEN = {64, 256, 512};
  private static final int[] BATCHES = {1, 8};

  private CellTimes() {}

  public static void main(String[] args) {
    System.out.println("| H | N | LSTM | SRU | QRNN | IndRNN |\n|---|---|---|---|---|---|");
    for (int hidden : HIDDEN) {
      for (int batch : BATCHES) {
        double[] micros =
            measure(
                List.of(Cells.LSTM, OtherCells.SRU, OtherCells.QRNN, OtherCells.INDRNN),
                hidden,
                batch);
        System.out.print("| %d | %d | %.1f µs |".formatted(hidden, batch, micros[0]));
        for (int k = 1; k < micros.length; k++) {
          System.out.print(" %.1f µs, %.1f× |".formatted(micros[k], micros[0] / micros[k]));
        }
        System.out.println();
      }
    }
    System.out.println("\n| H | N | periods | modules asleep | a step |\n|---|---|---|---|---|");
    List<Cell> clocks =
        List.of(
            Clockwork.of(1, 1, 1, 1).cell(),
            Clockwork.of(1, 1, 2, 2).cell(),
            Clockwork.of(1, 2, 4, 8).cell(),
            Clockwork.of(2, 4, 8, 16).cell(),
            Clockwork.of(8, 8, 16, 16).cell());
    for (int hidden : HIDDEN) {
      for (int batch : BATCHES) {
        double[] micros = measure(clocks, hidden, batch);
        for (int k = 0; k < micros.length; k++) {
          List<Integer> periods = clocks.get(k).periods();
          double awake = periods.stream().mapToDouble(p -> 1.0 / p).sum() / periods.size();
          System.out.println(
              "| %d | %d | %s | %.0f %% | %.2f µs, %.2f |"
                  .formatted(
                      hidden, batch, periods, 100 * (1 - awake), micros[k], micros[k] / micros[0]));
        }
      }
    }
  }

  /// Microseconds of a step of each cell, I = H.
  private static double[] measure(List<Cell> cells, int hidden, int batch) {
    List<Network> networks = cells.stream().map(c -> Network.of(c, hidden, hidden)).toList();
    List<AutoCloseable> open = new ArrayList<>();
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Engine libkioku = Engine.open(Backend.LIBKIOKU)) {
      List<Session> sessions = new ArrayList<>();
      for (Network network : networks) {
        RecurrentCase all = RecurrentCase.of(network, 4, batch, new SplittableRandom(1));
        CaseResult.of(libkioku, all).assertNear(CaseResult.of(reference, all), 2e-5, network);
        Model model = libkioku.compile(network, all.weights());
        sessions.add(model.newSession(batch));
        open.addAll(List.of(model, sessions.getLast()));
      }
      double[] micros = Timing.microsPerStep(sessions, networks, STEPS);
      for (AutoCloseable resource : open.reversed()) {
        resource.close();
      }
      return micros;
    } catch (Exception e) {
      throw new IllegalStateException("cells " + Arrays.toString(cells.toArray()), e);
    }
  }
}
