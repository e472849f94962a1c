package io.kioku;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.internal.ffi.Isa;
import io.kioku.internal.ffi.Kernels;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every backend gives the reference's numbers.
@Tag("tiers")
class BackendsAgreeTest {
  private static final int CASES = 2_000;
  private static final double TOLERANCE = 2e-5;

  @Test
  void onRandomCases() {
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Engine libkioku = Engine.open(Backend.LIBKIOKU);
        Engine onednn = Engine.open(Backend.ONEDNN);
        Engine planned = Engine.open()) {
      int onOnednn = 0;
      for (int seed = 0; seed < CASES; seed++) {
        RecurrentCase c = RecurrentCase.random(new SplittableRandom(seed));
        String what = "case " + seed + ": " + c;
        CaseResult expected = CaseResult.of(reference, c);
        CaseResult.guarded(libkioku, c).assertNear(expected, TOLERANCE, "libkioku, " + what);
        CaseResult.of(planned, c).assertNear(expected, TOLERANCE, "planned, " + what);
        if (CaseResult.runsOn(Backend.ONEDNN, c.network())) {
          CaseResult.guarded(onednn, c).assertNear(expected, TOLERANCE, "onednn, " + what);
          onOnednn++;
        }
      }
      assertTrue(onOnednn > CASES / 2, "oneDNN ran only " + onOnednn + " cases");
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void stepsEqualOneRun(Backend backend) {
    for (Cell cell : new Cell[] {Cells.LSTM, Cells.GRU, Cells.GRU_RESET_BEFORE, Cells.RNN_TANH}) {
      RecurrentCase c =
          RecurrentCase.of(Network.of(cell, 5, 33).layers(2), 6, 3, new SplittableRandom(7));
      try (Engine engine = Engine.open(backend);
          Model model = engine.compile(c.network(), c.weights());
          Session session = model.newSession(3)) {
        float[] whole = session.run(c.x());
        float[] last = session.state().get("h");
        session.state().clear();
        float[] y = new float[3 * 33];
        for (int t = 0; t < 6; t++) {
          session.step(Arrays.copyOfRange(c.x(), t * 15, (t + 1) * 15), y);
          float[] expected = Arrays.copyOfRange(whole, t * y.length, (t + 1) * y.length);
          CaseResult.assertNear(expected, y, TOLERANCE, cell + " step " + t);
        }
        CaseResult.assertNear(last, session.state().get("h"), TOLERANCE, cell + " state");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void stepsAndBatchMayChangeFromRunToRun(Backend backend) {
    SplittableRandom random = new SplittableRandom(11);
    Network network = Network.of(Cells.LSTM, 7, 16).layers(2).bidirectional();
    Weights weights = RecurrentCase.weights(network, random);
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Engine engine = Engine.open(backend);
        Model expectedModel = reference.compile(network, weights);
        Model model = engine.compile(network, weights);
        Session expected = expectedModel.newSession(1);
        Session session = model.newSession(1)) {
      for (int round = 0; round < 40; round++) {
        int batch = 1 + random.nextInt(6);
        expected.resize(batch);
        session.resize(batch);
        float[] x = RecurrentCase.uniform((1 + random.nextInt(20)) * batch * 7, 1, random);
        CaseResult.assertNear(expected.run(x), session.run(x), TOLERANCE, "round " + round);
        CaseResult.assertNear(
            expected.state().get("c"), session.state().get("c"), TOLERANCE, "c, round " + round);
      }
    }
  }

  /// A stream with a NaN or an infinity spoils nobody else's numbers, and its own NaN is not lost.
  /// Enough units and streams that the planner would choose oneDNN.
  @ParameterizedTest
  @ValueSource(strings = {"reference", "libkioku", "onednn", "planned"})
  void streamsDoNotTouchEachOther(String engineName) {
    for (Cell cell : Cells.all()) {
      if (!engineName.equals("planned")
          && !CaseResult.runsOn(
              Backend.valueOf(engineName.toUpperCase(Locale.ROOT)), Network.of(cell, 132, 132))) {
        continue;
      }
      // oneDNN's rectifier turns NaN into 0, which is why no planner chooses it.
      boolean losesNaN = engineName.equals("onednn") && cell.equals(Cells.RNN_RELU);
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.MIN_VALUE}) {
        checkStreams(engineName, cell, bad, losesNaN);
      }
    }
  }

  private static void checkStreams(String engineName, Cell cell, float bad, boolean losesNaN) {
    int hidden = 132;
    int batch = 4;
    SplittableRandom random = new SplittableRandom(3);
    Network network = Network.of(cell, cell.inputIsOutput() ? hidden : 8, hidden);
    int input = network.inputWidth();
    float[] good = RecurrentCase.uniform(5 * batch * input, 1, random);
    try (Engine engine =
            engineName.equals("planned")
                ? Engine.open()
                : Engine.open(Backend.valueOf(engineName.toUpperCase(Locale.ROOT)));
        Model model = engine.compile(network, RecurrentCase.weights(network, random));
        Session session = model.newSession(batch)) {
      float[] expected = session.run(good);
      float[] x = good.clone();
      x[(2 * batch + 1) * input + 3] = bad; // step 2, stream 1
      session.state().clear();
      float[] y = session.run(x);
      for (int row = 0; row < 5 * batch; row++) {
        boolean touched = row % batch == 1 && row / batch >= 2;
        float[] before = Arrays.copyOfRange(expected, row * hidden, (row + 1) * hidden);
        float[] after = Arrays.copyOfRange(y, row * hidden, (row + 1) * hidden);
        String what =
            engineName
                + " "
                + cell
                + " with "
                + bad
                + ", step "
                + row / batch
                + ", stream "
                + row % batch;
        if (!touched) {
          CaseResult.assertNear(before, after, 1e-6, what);
        } else if (Float.isNaN(bad) && row / batch == 2 && !losesNaN) {
          assertTrue(Float.isNaN(after[0]), () -> what + ": NaN in must give NaN out");
        }
      }
    }
  }

  @Test
  void aCellWithOtherNamesGetsTheKnownOnesKernels() {
    Cell renamed =
        Cell.of(
            "mine",
            """
            h' = tanh(s') * q
            s' = p * k + s * j
            q = sigmoid(b_q + A_q x + B_q h)
            k = tanh(B_k h + A_k x + b_k)
            j = sigmoid(A_j x + b_j + B_j h)
            p = sigmoid(b_p + A_p x + B_p h)
            """);
    RecurrentCase c = RecurrentCase.of(Network.of(renamed, 9, 20), 4, 5, new SplittableRandom(5));
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Engine onednn = Engine.open(Backend.ONEDNN);
        Engine libkioku = Engine.open(Backend.LIBKIOKU)) {
      CaseResult.of(onednn, c).assertNear(CaseResult.of(reference, c), TOLERANCE, c);
      CaseResult.of(libkioku, c).assertNear(CaseResult.of(reference, c), TOLERANCE, c);
    }
  }

  @Test
  void theSecondThreadCountGivesTheSameNumbers() {
    RecurrentCase c =
        RecurrentCase.of(Network.of(Cells.LSTM, 64, 100).layers(2), 7, 33, new SplittableRandom(9));
    try (Engine one = Engine.open();
        Engine two = Engine.builder().threads(2).open()) {
      CaseResult.of(two, c).assertNear(CaseResult.of(one, c), TOLERANCE, c);
    }
  }

  @Test
  void thePlanSaysWhy() {
    Isa isa = Kernels.get().isa();
    String one = "libkioku";
    String many = isa == Isa.SCALAR ? "onednn" : "libkioku";
    Network network = Network.of(Cells.LSTM, 8, 512);
    Weights weights = RecurrentCase.weights(network, new SplittableRandom(1));
    try (Engine engine = Engine.open();
        Model model = engine.compile(network, weights)) {
      assertTrue(model.plan(0, 1).matches(one + ": .{20,}"), model.plan(0, 1));
      assertTrue(model.plan(0, 64).matches(many + ": .{20,}"), model.plan(0, 64));
    }
  }
}
