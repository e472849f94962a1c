package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Prints how long a step takes on blas, and the ratio blas / onednn: the table that the planner's
/// rule was read from. Both run in turn in one process, one thread, I = H; medians over the rounds.
/// Not a test: docs/performance.md says how to run it.
final class PlannerTable {
  private static final int ROUNDS = 15;
  private static final long ROUND_NANOS = 4_000_000;
  private static final int[] HIDDEN = {16, 64, 128, 256, 512};
  private static final int[] BATCHES = {1, 2, 3, 4, 8, 16, 32};
  private static final int[] STEPS = {1, 20};

  private PlannerTable() {}

  public static void main(String[] args) {
    System.out.print("| cell | H | T |");
    Arrays.stream(BATCHES).forEach(n -> System.out.print(" N=" + n + " |"));
    System.out.println("\n|---|---|---|" + "---|".repeat(BATCHES.length));
    for (Cell cell : List.of(Cells.LSTM, Cells.GRU, Cells.GRU_RESET_BEFORE, Cells.RNN_TANH)) {
      for (int hidden : HIDDEN) {
        for (int steps : STEPS) {
          System.out.print("| %s | %d | %d |".formatted(cell, hidden, steps));
          for (int batch : BATCHES) {
            double[] micros = measure(Network.of(cell, hidden, hidden), steps, batch);
            System.out.print(" %.1f µs, %.2f |".formatted(micros[0], micros[0] / micros[1]));
          }
          System.out.println();
        }
      }
    }
  }

  /// Microseconds a step on blas and on onednn.
  private static double[] measure(Network network, int steps, int batch) {
    SplittableRandom random = new SplittableRandom(1);
    Weights weights = RecurrentCase.weights(network, random);
    try (Arena arena = Arena.ofConfined();
        Engine blas = Engine.open(Backend.BLAS);
        Engine onednn = Engine.open(Backend.ONEDNN);
        Model blasModel = blas.compile(network, weights);
        Model onednnModel = onednn.compile(network, weights);
        Session first = blasModel.newSession(batch);
        Session second = onednnModel.newSession(batch)) {
      float[] input = RecurrentCase.uniform(steps * batch * network.inputSize(), 1, random);
      CaseResult.assertNear(first.run(input), second.run(input), 2e-5, network); // the same work
      MemorySegment x = arena.allocate(4L * input.length, 64);
      x.copyFrom(MemorySegment.ofArray(input));
      MemorySegment y = arena.allocate(4L * steps * batch * network.outputSize(), 64);
      double[][] rounds = new double[2][ROUNDS];
      long once = Math.max(1, Math.round(time(first, x, y, 3)));
      int repeats = Math.clamp(ROUND_NANOS / once, 1, 5_000);
      for (int round = -1; round < ROUNDS; round++) { // the first one warms up
        double onBlas = time(first, x, y, repeats);
        double onOnednn = time(second, x, y, repeats);
        if (round >= 0) {
          rounds[0][round] = onBlas / 1e3 / steps;
          rounds[1][round] = onOnednn / 1e3 / steps;
        }
      }
      Arrays.sort(rounds[0]);
      Arrays.sort(rounds[1]);
      return new double[] {rounds[0][ROUNDS / 2], rounds[1][ROUNDS / 2]};
    }
  }

  /// Nanoseconds of one run, averaged over the repeats.
  private static double time(Session session, MemorySegment x, MemorySegment y, int repeats) {
    long start = System.nanoTime();
    for (int i = 0; i < repeats; i++) {
      session.run(x, y);
    }
    return (System.nanoTime() - start) / (double) repeats;
  }
}
