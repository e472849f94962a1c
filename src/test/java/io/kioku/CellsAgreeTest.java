package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every cell of the library, on every backend that runs it, gives the reference's numbers.
@Tag("tiers")
class CellsAgreeTest {
  private static final int CASES = 500;
  private static final double TOLERANCE = 2e-5;

  /// Multiplications that the reference may take for one case.
  private static final long MOST_WORK = 1_000_000;

  static List<Cell> cells() {
    return Cells.all();
  }

  @ParameterizedTest
  @MethodSource("cells")
  void onRandomCases(Cell cell) {
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Engine libkioku = Engine.open(Backend.LIBKIOKU);
        Engine onednn = Engine.open(Backend.ONEDNN)) {
      for (int seed = 0; seed < CASES; seed++) {
        RecurrentCase c = RecurrentCase.random(cell, MOST_WORK, new SplittableRandom(seed));
        String what = "case " + seed + ": " + c;
        CaseResult expected = CaseResult.of(reference, c);
        CaseResult.guarded(libkioku, c).assertNear(expected, TOLERANCE, "libkioku, " + what);
        if (CaseResult.runsOn(Backend.ONEDNN, c.network())) {
          CaseResult.guarded(onednn, c).assertNear(expected, TOLERANCE, "onednn, " + what);
        }
      }
    }
  }
}
