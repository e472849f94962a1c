package io.kioku.bench.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.Precision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ResultTest {
  private static final Shape STEP = Samples.STEP;

  @Test
  void ratiosAreThoseToTheFastestPeerInTheSamePrecisionAndInFloat32() {
    List<Result> results =
        Result.of(
            List.of(
                Samples.of("kioku", Precision.F32, STEP, 10),
                Samples.of("kioku", Precision.INT8, STEP, 4),
                Samples.of("kioku fast", Precision.F32, STEP, 1),
                Samples.of("onnxruntime", Precision.F32, STEP, 12),
                Samples.of("pytorch", Precision.F32, STEP, 11),
                Samples.of("onnxruntime", Precision.INT8, STEP, 6)),
            Samples.machine());

    assertEquals(1.1, results.get(0).ratio(), 1e-9);
    assertEquals(1.5, results.get(1).ratio(), 1e-9);
    assertEquals(2.75, results.get(1).floatRatio(), 1e-9);
    assertEquals(2.5, results.get(1).gain(), 1e-9);
    assertEquals(Double.NaN, results.get(0).gain());
  }

  @Test
  void whoComputesSomethingElseIsNobodysPeerAndHasNoRatio() {
    List<Measured> all =
        List.of(
            Samples.of("kioku", Precision.INT8, STEP, 4),
            Samples.of("onnxruntime", Precision.F32, STEP, 12),
            Samples.wrong("onnxruntime", Precision.INT8, STEP, 2),
            Samples.of("onednn (C)", Precision.INT8, STEP, 5));
    List<Result> results = Result.of(all, Samples.machine());

    assertEquals(1.25, results.get(0).ratio(), 1e-9);
    assertEquals(Double.NaN, results.get(2).ratio());
    assertEquals(Double.NaN, results.get(2).floatRatio());
    assertEquals("no", results.get(2).row().get(Result.COLUMNS.indexOf("agrees")));
    assertTrue(
        new Report(Samples.machine(), List.of(), all)
            .markdown()
            .contains("| onnxruntime int8 | 2.0 | 32.8 | 8 % FMA |  |  | 1.8e-01 **computes"));
  }

  @Test
  void nanIsNoAgreement() {
    Candidate kioku = new Candidate("kioku", Precision.INT8);
    assertFalse(new Measured("online", kioku, STEP, 1, Double.NaN).agrees());
  }

  @Test
  void rowsAreReadAsTheyAreWritten() {
    Measured measured =
        new Measured(
            "batch",
            new Candidate("onednn (C)", Precision.BF16),
            new Shape("GRU_RESET_BEFORE", 50, 16, 32, 128),
            12.25,
            0.0125);
    List<String> row = Result.of(List.of(measured), Samples.machine()).getFirst().row();
    Map<String, String> byColumn = new HashMap<>();
    for (int k = 0; k < row.size(); k++) {
      byColumn.put(Result.COLUMNS.get(k), row.get(k));
    }
    assertEquals(measured, Measured.of(byColumn));
  }

  @Test
  void aShapeInTwoGroupsIsComparedInEach() {
    Candidate kioku = new Candidate("kioku", Precision.F32);
    List<Result> results =
        Result.of(
            List.of(
                new Measured("one", kioku, STEP, 10, 0),
                new Measured("one", Candidate.JUDGE, STEP, 20, 0),
                new Measured("two", kioku, STEP, 10, 0),
                new Measured("two", Candidate.JUDGE, STEP, 30, 0)),
            Samples.machine());
    assertEquals(2, results.get(0).ratio(), 1e-9);
    assertEquals(3, results.get(2).ratio(), 1e-9);
  }
}
