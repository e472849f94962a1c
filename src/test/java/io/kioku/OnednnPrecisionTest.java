package io.kioku;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.GruCells;
import io.kioku.cell.LstmCells;
import io.kioku.cell.Size;
import io.kioku.format.Tensor;
import io.kioku.internal.ffi.Isa;
import io.kioku.internal.ffi.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// Fewer bits on oneDNN: where it has the instructions, its numbers are as near to the reference's
/// as those of libkioku; elsewhere it says what is missing.
@Tag("tiers")
final class OnednnPrecisionTest {
  private static final List<Cell> BF16 =
      List.of(
          Cells.LSTM,
          LstmCells.LSTM_PEEPHOLE,
          Cells.GRU,
          Cells.GRU_RESET_BEFORE,
          Cells.RNN_TANH,
          Cells.RNN_RELU);
  private static final List<Cell> INT8 = List.of(Cells.LSTM, Cells.GRU_RESET_BEFORE);

  private static final int T = 11;

  private final SplittableRandom random = new SplittableRandom(8);

  private static Isa needed(Precision precision) {
    return precision == Precision.BF16 ? Isa.AVX512_BF16 : Isa.AVX512_VNNI;
  }

  private static boolean runs(Precision precision) {
    return Kernels.get().isa().has(needed(precision));
  }

  private static List<Cell> cells(Precision precision) {
    return precision == Precision.BF16 ? BF16 : INT8;
  }

  private static float tolerance(Precision precision) {
    return precision == Precision.BF16 ? 0.01f : 0.05f; // as in PrecisionTest
  }

  /// In 8 bits with the scales of these examples.
  private static Model compile(
      Engine engine, Network network, Weights weights, Precision precision, int batch, float[] x) {
    if (precision != Precision.INT8) {
      return engine.compile(network, weights, precision);
    }
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Model floats = reference.compile(network, weights)) {
      return engine.compile(network, weights, Calibration.run(floats, batch, x));
    }
  }

  private static float[] reference(Network network, Weights weights, int batch, float[] x) {
    try (Engine engine = Engine.open(Backend.REFERENCE);
        Model model = engine.compile(network, weights);
        Session session = model.newSession(batch)) {
      return session.run(x);
    }
  }

  @ParameterizedTest
  @EnumSource(names = "F32", mode = Mode.EXCLUDE)
  void isNearTheReference(Precision precision) {
    Assumptions.assumeTrue(runs(precision));
    int[][] sizes = {{7, 33, 17}, {64, 64, 32}, {33, 130, 1}, {1, 5, 3}, {40, 256, 64}};
    for (Cell cell : cells(precision)) {
      for (int[] s : sizes) {
        for (Network network :
            List.of(
                Network.of(cell, s[0], s[1]),
                Network.of(cell, s[0], s[1]).layers(2).bidirectional(),
                Network.of(cell, s[0], s[1]).bidirectional().batchFirst())) {
          Weights weights = RecurrentCase.weights(network, random);
          float[] x = RecurrentCase.uniform(T * s[2] * s[0], 1, random);
          float[] expected = reference(network, weights, s[2], x);
          try (Engine engine = Engine.open(Backend.ONEDNN);
              Model model = compile(engine, network, weights, precision, s[2], x);
              Session session = model.newSession(s[2])) {
            String what = precision + " " + network + " N=" + s[2];
            assertArrayEquals(expected, session.run(x), tolerance(precision), what);
          }
        }
      }
    }
  }

  /// x 20 times as large as h, and the other way round: each has its own scale.
  @Test
  void theScalesOfInputAndStateMayDiffer() {
    Assumptions.assumeTrue(runs(Precision.INT8));
    for (Cell cell : INT8) {
      for (float factor : new float[] {0.02f, 20}) {
        Network network = Network.of(cell, 20, 40);
        Weights weights = RecurrentCase.weights(network, random);
        weights = changed(weights, "weight_ih_l0", (k, weight) -> weight / factor);
        float[] x = RecurrentCase.uniform(T * 5 * 20, factor, random);
        float[] expected = reference(network, weights, 5, x);
        try (Engine engine = Engine.open(Backend.ONEDNN);
            Model model = compile(engine, network, weights, Precision.INT8, 5, x);
            Session session = model.newSession(5)) {
          assertArrayEquals(expected, session.run(x), 0.05f, cell + " x up to " + factor);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = "F32", mode = Mode.EXCLUDE)
  void statesAreCarriedFromCallToCall(Precision precision) {
    Assumptions.assumeTrue(runs(precision));
    for (Cell cell : cells(precision)) {
      Network network = Network.of(cell, 7, 33).layers(2);
      Weights weights = RecurrentCase.weights(network, random);
      float[] x = RecurrentCase.uniform(T * 17 * 7, 1, random);
      try (Engine engine = Engine.open(Backend.ONEDNN);
          Model model = compile(engine, network, weights, precision, 17, x);
          Session session = model.newSession(17)) {
        float[] whole = session.run(x);
        float[] state = session.state().get("h");
        session.state().clear();
        float[] step = new float[17 * 33];
        for (int t = 0; t < T; t++) {
          session.step(Arrays.copyOfRange(x, t * 17 * 7, (t + 1) * 17 * 7), step);
          float[] expected = Arrays.copyOfRange(whole, t * step.length, (t + 1) * step.length);
          assertArrayEquals(expected, step, tolerance(precision) / 2, cell + " t=" + t);
        }
        assertArrayEquals(state, session.state().get("h"), tolerance(precision) / 2);
      }
    }
  }

  /// In x at any step, and in the state; the others of the batch keep every bit.
  @ParameterizedTest
  @EnumSource(names = "F32", mode = Mode.EXCLUDE)
  void whatIsNoNumberStaysInItsStream(Precision precision) {
    Assumptions.assumeTrue(runs(precision));
    for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      for (Cell cell : INT8) {
        Network network = Network.of(cell, 7, 33);
        Weights weights = RecurrentCase.weights(network, random);
        float[] x = RecurrentCase.uniform(T * 3 * 7, 1, random);
        try (Engine engine = Engine.open(Backend.ONEDNN);
            Model model = compile(engine, network, weights, precision, 3, x);
            Session session = model.newSession(3)) {
          float[] expected = session.run(x);
          session.state().clear();
          float[] spoilt = x.clone();
          int at = 4;
          spoilt[(at * 3 + 1) * 7 + 6] = odd; // of the second stream's fifth step
          check(expected, session.run(spoilt), at, precision, odd);
          float[] after = session.run(x); // what was NaN stays so, though x is well again
          assertEquals(isPoison(precision, odd), Float.isNaN(after[33]), precision + " " + odd);
          assertFalse(Float.isNaN(after[0]));
        }
      }
    }
  }

  private static boolean isPoison(Precision precision, float odd) {
    return Float.isNaN(odd) || precision == Precision.INT8;
  }

  private static void check(float[] expected, float[] y, int at, Precision precision, float odd) {
    for (int t = 0; t < T; t++) {
      for (int n = 0; n < 3; n++) {
        int from = (t * 3 + n) * 33;
        float[] row = Arrays.copyOfRange(y, from, from + 33);
        String what = precision + " " + odd + " t=" + t + " n=" + n;
        if (n != 1 || t < at) {
          assertArrayEquals(Arrays.copyOfRange(expected, from, from + 33), row, what);
        } else if (isPoison(precision, odd)) {
          for (float value : row) {
            assertTrue(Float.isNaN(value), what);
          }
        }
      }
    }
  }

  @Test
  void aStateThatIsNoNumberSpoilsItsStream() {
    Assumptions.assumeTrue(runs(Precision.INT8));
    for (Cell cell : INT8) {
      for (String name : cell.states()) {
        Network network = Network.of(cell, 7, 33);
        Weights weights = RecurrentCase.weights(network, random);
        float[] x = RecurrentCase.uniform(T * 3 * 7, 1, random);
        try (Engine engine = Engine.open(Backend.ONEDNN);
            Model model = compile(engine, network, weights, Precision.INT8, 3, x);
            Session session = model.newSession(3)) {
          float[] state = session.state().get(name);
          state[2 * 33 + 5] = Float.NaN;
          session.state().set(name, state);
          float[] y = session.run(x);
          for (int t = 1; t < T; t++) {
            assertTrue(Float.isNaN(y[(t * 3 + 2) * 33 + 1]), cell + " " + name + " t=" + t);
            assertFalse(Float.isNaN(y[(t * 3 + 1) * 33 + 1]));
          }
        }
      }
    }
  }

  /// Bytes have no NaN: such weights are left to a backend that shows it.
  @Test
  void aWeightThatIsNoNumberShows() {
    Assumptions.assumeTrue(runs(Precision.INT8));
    for (String name : List.of("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")) {
      Network network = Network.of(Cells.LSTM, 7, 33);
      Weights weights = RecurrentCase.weights(network, random);
      float[] x = RecurrentCase.uniform(T * 3 * 7, 1, random);
      Weights spoilt = changed(weights, name, (k, weight) -> k == 0 ? Float.NaN : weight);
      try (Engine reference = Engine.open(Backend.REFERENCE);
          Model floats = reference.compile(network, weights);
          Engine engine = Engine.open(Backend.ONEDNN);
          Model model = engine.compile(network, spoilt, Calibration.run(floats, 3, x));
          Session session = model.newSession(3)) {
        float[] y = session.run(x);
        assertTrue(Float.isNaN(y[y.length - 1]), name);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = "F32", mode = Mode.EXCLUDE)
  void aTraceShowsTheSameStates(Precision precision) {
    Assumptions.assumeTrue(runs(precision));
    Network network = Network.of(Cells.LSTM, 7, 33);
    Weights weights = RecurrentCase.weights(network, random);
    float[] x = RecurrentCase.uniform(T * 3 * 7, 1, random);
    try (Engine engine = Engine.open(Backend.ONEDNN);
        Model model = compile(engine, network, weights, precision, 3, x);
        Session session = model.newSession(3)) {
      float[] expected = session.run(x);
      session.state().clear();
      try (Trace trace = session.trace()) {
        assertArrayEquals(expected, session.run(x), tolerance(precision) / 2);
        assertArrayEquals(expected, trace.values(0, 0, "h'"), tolerance(precision) / 2);
      }
    }
  }

  /// An engine that chooses gives large batches to oneDNN: the same bits as from it alone.
  @Test
  void thePlannerTakesItForLargeBatches() {
    Assumptions.assumeTrue(Kernels.get().isa() == Isa.AMX);
    Network network = Network.of(Cells.LSTM, 7, 512);
    Weights weights = RecurrentCase.weights(network, random);
    float[] x = RecurrentCase.uniform(2 * 64 * 7, 1, random);
    for (Precision precision : List.of(Precision.BF16, Precision.INT8)) {
      float[] planned = run(Engine.open(), network, weights, precision, x);
      assertArrayEquals(run(Engine.open(Backend.ONEDNN), network, weights, precision, x), planned);
      float[] fused = run(Engine.open(Backend.LIBKIOKU), network, weights, precision, x);
      assertFalse(Arrays.equals(fused, planned), precision + " on fused gives other bits");
    }
  }

  private static float[] run(
      Engine engine, Network network, Weights weights, Precision precision, float[] x) {
    try (engine;
        Model model = compile(engine, network, weights, precision, 64, x);
        Session session = model.newSession(64)) {
      return session.run(x);
    }
  }

  @Test
  void whatItWouldComputeWronglyIsRefused() {
    try (Engine engine = Engine.open(Backend.ONEDNN)) {
      assertRefused(engine, Cells.LSTM, Precision.INT8, "needs fixed scales: compile with a Cal");
      assertRefused(engine, LstmCells.LSTMP, Precision.BF16, "a projection in bfloat16 wrongly");
      assertRefused(engine, GruCells.AUGRU_RESET_BEFORE, Precision.BF16, "AUGRU's scores");
      for (Cell cell :
          List.of(Cells.GRU, Cells.RNN_TANH, LstmCells.LSTMP, LstmCells.LSTM_PEEPHOLE)) {
        assertRefused(engine, cell, Precision.INT8, "LSTM and GRU with the reset before");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = "F32", mode = Mode.EXCLUDE)
  void whatLacksTheInstructionsIsRefused(Precision precision) {
    Assumptions.assumeFalse(runs(precision));
    Network network = Network.of(Cells.LSTM, 7, 33);
    Weights weights = RecurrentCase.weights(network, random);
    float[] x = RecurrentCase.uniform(T * 3 * 7, 1, random);
    try (Engine engine = Engine.open(Backend.ONEDNN)) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> compile(engine, network, weights, precision, 3, x))
              .getMessage();
      assertTrue(
          message.contains(
              "need %s; the instruction set is %s"
                  .formatted(needed(precision), Kernels.get().isa())),
          message);
    }
  }

  private interface Change {
    float of(int index, float weight);
  }

  private static Weights changed(Weights weights, String name, Change change) {
    Tensor tensor = weights.find(name).orElseThrow();
    float[] values = tensor.toArray();
    for (int k = 0; k < values.length; k++) {
      values[k] = change.of(k, values[k]);
    }
    return weights.with(name, values, tensor.shape());
  }

  private void assertRefused(Engine engine, Cell cell, Precision precision, String reason) {
    Network network = Network.of(cell, 7, 33);
    network = cell.size("h") == Size.PROJECTED ? network.projection(9) : network;
    Network made = network;
    Weights weights = RecurrentCase.weights(made, random);
    String message =
        assertThrows(IllegalArgumentException.class, () -> engine.compile(made, weights, precision))
            .getMessage();
    assertTrue(message.contains("backend onednn: oneDNN"), message);
    assertTrue(message.contains(reason), message);
  }
}
