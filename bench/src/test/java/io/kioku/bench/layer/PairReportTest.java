package io.kioku.bench.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Precision;
import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.LstmCells;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PairReportTest {
  private static Pair pair(Precision precision, int batch, double micros, double with) {
    double ratio = micros / with;
    return new Pair(
        "OWN", precision, 50, batch, 64, micros, "LSTM", with, ratio, 1.1, ratio <= 1.1, 1e-6);
  }

  @Test
  void gainsOfFewerBitsAreComparedWithThoseOfTheOther() {
    String text =
        new PairReport(
                List.of(
                    pair(Precision.F32, 1, 100, 100),
                    pair(Precision.F32, 8, 400, 400),
                    pair(Precision.INT8, 1, 50, 25),
                    pair(Precision.INT8, 8, 100, 100)),
                "a ratio",
                false)
            .markdown();

    assertTrue(
        text.contains("| OWN | LSTM | f32 | 50 | 1.00 | 1.00 | N = 1, H = 64 | 1.10 | 0 of 2 |"),
        text);
    assertTrue(
        text.contains(
            "| OWN | LSTM | int8 | 50 | 1.41 | 2.00 | N = 1, H = 64 | 1.10 | 1 of 2 | 2.83 | 4.00"
                + " | 0.50 | 1 of 2 |"),
        text);
    assertTrue(text.contains("Aim missed: 1 of 4."), text);
  }

  @Test
  void ofSpeedUpsTheLeastIsTheWorst() {
    List<Pair> all =
        List.of(
            new Pair("LSTM", Precision.F32, 50, 1, 256, 10, "one thread", 19, 1.9, 1.85, true, 0),
            new Pair("LSTM", Precision.F32, 50, 8, 256, 10, "one thread", 15, 1.5, 1.85, false, 0));
    String text = new PairReport(all, "a ratio", true).markdown();
    assertTrue(text.contains("| 1.50 | N = 8, H = 256 | 1.85 | 1 of 2 |"), text);
  }

  @Test
  void rowsAreReadAsTheyAreWritten() {
    Pair pair = new Pair("OWN", Precision.BF16, 50, 8, 64, 2.5, "LSTM", 2, 1.25, 1.1, false, 0.125);
    Map<String, String> row = new HashMap<>();
    for (int k = 0; k < Pair.COLUMNS.size(); k++) {
      row.put(Pair.COLUMNS.get(k), pair.row().get(k));
    }
    assertEquals(pair, Pair.of(row));
  }

  @Test
  void ownCellsAreNoneThatIsKnown() {
    for (Cell own : List.of(BenchCells.OWN_LSTM, BenchCells.OWN_GRU)) {
      assertFalse(Cells.all().stream().anyMatch(own::sameAs), own::name);
    }
  }

  @Test
  void cellsAreComparedWithTheOneThatHasAsManyProducts() {
    assertEquals(Cells.LSTM, BenchCells.likeIt(BenchCells.OWN_LSTM));
    assertEquals(Cells.LSTM, BenchCells.likeIt(LstmCells.LAYER_NORM_LSTM));
    assertEquals(Cells.GRU, BenchCells.likeIt(BenchCells.OWN_GRU));
    assertEquals(Cells.RNN_TANH, BenchCells.likeIt(BenchCells.find("clockwork")));
  }
}
