package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Prints how long a step takes on fused, and the ratios onednn / fused and blas / fused: the table
/// that the planner's rule was read from; I = H. Not a test: docs/performance.md says how to run
/// it.
final class PlannerTable {
  private static final int[] HIDDEN = {16, 64, 128, 256, 512, 1024};
  private static final int[] BATCHES = {1, 2, 4, 8, 16, 32};
  private static final int[] STEPS = {1, 50};

  private PlannerTable() {}

  public static void main(String[] args) {
    measure(Network.of(Cells.LSTM, 16, 16), 1, 1); // warms up what all share
    System.out.print("| cell | H | T |");
    Arrays.stream(BATCHES).forEach(n -> System.out.print(" N=" + n + " |"));
    System.out.println("\n|---|---|---|" + "---|".repeat(BATCHES.length));
    for (Cell cell : List.of(Cells.LSTM, Cells.GRU, Cells.GRU_RESET_BEFORE, Cells.RNN_TANH)) {
      for (int hidden : HIDDEN) {
        for (int steps : STEPS) {
          System.out.print("| %s | %d | %d |".formatted(cell, hidden, steps));
          for (int batch : BATCHES) {
            double[] micros = measure(Network.of(cell, hidden, hidden), steps, batch);
            System.out.print(
                " %.2f µs, %.2f, %.2f |"
                    .formatted(micros[0], micros[1] / micros[0], micros[2] / micros[0]));
          }
          System.out.println();
        }
      }
    }
  }

  /// Microseconds a step on fused, onednn and blas.
  private static double[] measure(Network network, int steps, int batch) {
    SplittableRandom random = new SplittableRandom(1);
    Weights weights = RecurrentCase.weights(network, random);
    try (Engine fused = Engine.open(Backend.FUSED);
        Engine onednn = Engine.open(Backend.ONEDNN);
        Engine blas = Engine.open(Backend.BLAS);
        Model fusedModel = fused.compile(network, weights);
        Model onednnModel = onednn.compile(network, weights);
        Model blasModel = blas.compile(network, weights);
        Session first = fusedModel.newSession(batch);
        Session second = onednnModel.newSession(batch);
        Session third = blasModel.newSession(batch)) {
      float[] x = RecurrentCase.uniform(steps * batch * network.inputSize(), 1, random);
      float[] expected = third.run(x); // all do the same work
      CaseResult.assertNear(expected, first.run(x), 2e-5, network);
      CaseResult.assertNear(expected, second.run(x), 2e-5, network);
      return Timing.microsPerStep(
          List.of(first, second, third), List.of(network, network, network), steps);
    }
  }
}
