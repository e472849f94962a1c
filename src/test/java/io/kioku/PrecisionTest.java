package io.kioku;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.LstmCells;
import io.kioku.format.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// Models whose weights are kept in fewer bits.
@Tag("tiers")
final class PrecisionTest {
  private static final List<Cell> CELLS =
      List.of(
          Cells.LSTM,
          LstmCells.LSTM_PEEPHOLE,
          LstmCells.CIFG,
          Cells.GRU,
          Cells.GRU_RESET_BEFORE,
          Cells.RNN_TANH);

  private final SplittableRandom random = new SplittableRandom(7);

  /// With weights as large as PyTorch makes them, 1 / √H, and 2.5 times as large: about twice the
  /// errors that [Precision] has a table of.
  @ParameterizedTest
  @CsvSource({"BF16, 1, 0.01", "INT8, 1, 0.05", "BF16, 2.5, 0.1", "INT8, 2.5, 0.3"})
  void statesAreNearThoseOfFloats(Precision precision, float scale, double tolerance) {
    for (Cell cell : CELLS) {
      for (int hidden : new int[] {5, 64, 130}) {
        for (int batch : new int[] {1, 3, 17}) {
          Network network = Network.of(cell, 33, hidden).layers(2).bidirectional();
          Weights weights = scaled(RecurrentCase.weights(network, random), scale);
          float[] x = RecurrentCase.uniform(20 * batch * 33, 1, random);
          String what = "%s %s H=%d N=%d".formatted(precision, cell, hidden, batch);
          assertArrayEquals(
              run(network, weights, Precision.F32, batch, x),
              run(network, weights, precision, batch, x),
              (float) tolerance,
              what);
        }
      }
    }
  }

  private static Weights scaled(Weights weights, float scale) {
    Weights scaled = Weights.none();
    for (String name : weights.names()) {
      Tensor tensor = weights.find(name).orElseThrow();
      float[] values = tensor.toArray();
      for (int i = 0; i < values.length; i++) {
        values[i] *= scale;
      }
      scaled = scaled.with(name, values, tensor.shape());
    }
    return scaled;
  }

  private static float[] run(
      Network network, Weights weights, Precision precision, int batch, float[] x) {
    try (Engine engine = Engine.open();
        Model model = engine.compile(network, weights, precision);
        Session session = model.newSession(batch)) {
      return session.run(x);
    }
  }

  /// One layer whose units are shared, layers as a wave over time, directions side by side: the
  /// small ones at once, the large ones (H = 256) one by one.
  @ParameterizedTest
  @EnumSource
  void threadsDoNotChangeANumber(Precision precision) {
    for (Cell cell : CELLS) {
      compareThreads(Network.of(cell, 100, 256).layers(2), precision, 2, 60, 3);
      compareThreads(Network.of(cell, 30, 50).layers(3), precision, 2, 300, 3);
      compareThreads(Network.of(cell, 30, 50).layers(5), precision, 3, 300, 3);
      compareThreads(Network.of(cell, 30, 70).layers(2).bidirectional(), precision, 2, 210, 4);
      compareThreads(
          Network.of(cell, 30, 70).layers(2).bidirectional().batchFirst(), precision, 5, 210, 4);
    }
    Network projecting = Network.of(LstmCells.LSTMP, 30, 70).projection(33);
    compareThreads(projecting.layers(4).batchFirst(), precision, 2, 210, 4);
    compareThreads(projecting.layers(2).bidirectional(), precision, 2, 210, 4);
  }

  /// Two runs, the second from the state of the first.
  private void compareThreads(
      Network network, Precision precision, int threads, int steps, int batch) {
    Weights weights = RecurrentCase.weights(network, random);
    float[] x = RecurrentCase.uniform(steps * batch * network.inputSize(), 1, random);
    try (Engine one = Engine.open(Backend.LIBKIOKU);
        Engine more = Engine.builder().backend(Backend.LIBKIOKU).threads(threads).open();
        Model alone = one.compile(network, weights, precision);
        Model shared = more.compile(network, weights, precision);
        Session first = alone.newSession(batch);
        Session second = shared.newSession(batch)) {
      for (int run = 0; run < 2; run++) {
        String what = "%s %s, %d threads".formatted(precision, network, threads);
        assertArrayEquals(first.run(x), second.run(x), what);
        for (String state : network.cell().states()) {
          assertArrayEquals(first.state().get(state), second.state().get(state), what);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = "F32", mode = Mode.EXCLUDE)
  void stepByStepIsTheSame(Precision precision) {
    Network network = Network.of(Cells.LSTM, 20, 40);
    Weights weights = RecurrentCase.weights(network, random);
    float[] x = RecurrentCase.uniform(6 * 2 * 20, 1, random);
    try (Engine engine = Engine.open();
        Model model = engine.compile(network, weights, precision);
        Session session = model.newSession(2)) {
      float[] whole = session.run(x);
      session.state().clear();
      float[] step = new float[2 * 40];
      for (int t = 0; t < 6; t++) {
        session.step(Arrays.copyOfRange(x, t * 40, (t + 1) * 40), step);
        assertArrayEquals(Arrays.copyOfRange(whole, t * 80, (t + 1) * 80), step, 1e-3f);
      }
    }
  }

  /// What a stream sees does not touch the others of its batch.
  @ParameterizedTest
  @EnumSource
  void whatIsNoNumberStaysInItsStream(Precision precision) {
    for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      Network network = Network.of(Cells.LSTM, 20, 40);
      Weights weights = RecurrentCase.weights(network, random);
      float[] x = RecurrentCase.uniform(3 * 2 * 20, 1, random);
      float[] expected = run(network, weights, precision, 2, x);
      x[20] = odd; // of the second stream's first step
      float[] y = run(network, weights, precision, 2, x);
      for (int t = 0; t < 3; t++) {
        assertArrayEquals(
            Arrays.copyOfRange(expected, t * 80, t * 80 + 40),
            Arrays.copyOfRange(y, t * 80, t * 80 + 40));
      }
      if (Float.isNaN(odd) || precision == Precision.INT8) {
        assertTrue(Float.isNaN(y[40]), precision + " " + odd);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = "F32", mode = Mode.EXCLUDE)
  void aTraceShowsTheSameStates(Precision precision) {
    Network network = Network.of(Cells.LSTM, 20, 40);
    Weights weights = RecurrentCase.weights(network, random);
    float[] x = RecurrentCase.uniform(6 * 2 * 20, 1, random);
    float[] expected = run(network, weights, precision, 2, x);
    try (Engine engine = Engine.open();
        Model model = engine.compile(network, weights, precision);
        Session session = model.newSession(2);
        Trace trace = session.trace()) {
      assertArrayEquals(expected, session.run(x), 1e-3f);
      assertFalse(trace.names().isEmpty());
    }
  }

  @Test
  void calibratedScalesAreNearAndClip() {
    Network network = Network.of(Cells.LSTM, 20, 40).layers(2).bidirectional();
    Weights weights = RecurrentCase.weights(network, random);
    float[] x = RecurrentCase.uniform(30 * 4 * 20, 1, random);
    try (Engine engine = Engine.open();
        Model floats = engine.compile(network, weights)) {
      float[] expected = run(network, weights, Precision.F32, 4, x);
      Calibration calibration = Calibration.run(floats, 4, x);
      float[] y = run(engine, network, weights, calibration, x);
      assertArrayEquals(expected, y, 0.05f);
      assertFalse(Arrays.equals(run(network, weights, Precision.INT8, 4, x), y));
      float[] tenth = x.clone();
      for (int k = 0; k < x.length; k++) {
        tenth[k] *= 0.1f;
      }
      Calibration small = Calibration.run(floats, 4, tenth);
      double clipped = off(expected, run(engine, network, weights, small, x));
      assertTrue(clipped > 0.05, () -> "examples too small should clip: off by " + clipped);
      assertArrayEquals(y, run(engine, network, weights, small.and(calibration), x));
      Network other = Network.of(Cells.LSTM, 20, 40);
      assertThrows(
          IllegalArgumentException.class, () -> engine.compile(other, weights, calibration));
    }
  }

  private static float[] run(
      Engine engine, Network network, Weights weights, Calibration calibration, float[] x) {
    try (Model model = engine.compile(network, weights, calibration);
        Session session = model.newSession(4)) {
      return session.run(x);
    }
  }

  private static double off(float[] expected, float[] actual) {
    double off = 0;
    for (int k = 0; k < expected.length; k++) {
      off = Math.max(off, Math.abs(expected[k] - actual[k]));
    }
    return off;
  }

  @ParameterizedTest
  @CsvSource({"F32, 1.0", "BF16, 0.51", "INT8, 0.27"})
  void aFileKeepsTheWeightsOfAModel(Precision precision, double size, @TempDir Path folder)
      throws IOException {
    Network network = Network.of(Cells.LSTM, 100, 200).layers(2);
    Weights weights = RecurrentCase.weights(network, random);
    Path file = folder.resolve("model.safetensors");
    weights.save(file, precision);
    long floats = 0;
    for (String name : weights.names()) {
      floats += weights.find(name).orElseThrow().size();
    }
    assertTrue(
        Files.size(file) <= size * floats * Float.BYTES + 2_000, Files.size(file) + " bytes");
    float[] x = RecurrentCase.uniform(5 * 3 * 100, 1, random);
    assertArrayEquals(
        run(network, weights, precision, 3, x),
        run(network, Weights.read(file), precision, 3, x),
        1e-3f); // scales may differ in their last bit, and a quantized h then falls to the other
    // side
  }

  @Test
  void aCellOfOnesOwnIsComputedInFewerBits() {
    Cell mine = Cell.of("mine", "h' = tanh(W_h x + R_h h) * 0.5");
    Network network = Network.of(mine, 3, 4);
    Weights weights = RecurrentCase.weights(network, random);
    float[] x = RecurrentCase.uniform(5 * 3, 1, random);
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Engine engine = Engine.open();
        Session exact = reference.compile(network, weights).newSession(1);
        Session halves = engine.compile(network, weights, Precision.BF16).newSession(1);
        Session bytes = engine.compile(network, weights, Precision.INT8).newSession(1)) {
      float[] y = exact.run(x);
      CaseResult.assertNear(y, halves.run(x), 2e-2, "bf16");
      CaseResult.assertNear(y, bytes.run(x), 5e-2, "int8");
    }
  }

  @Test
  void whatCannotBeQuantizedIsSaid() {
    Network lstm = Network.of(Cells.LSTM, 3, 4);
    try (Engine reference = Engine.open(Backend.REFERENCE)) {
      assertEquals(
          "no backend runs the cell LSTM in BF16; backend reference: it computes in full precision"
              + " only",
          refusal(reference, lstm, RecurrentCase.weights(lstm, random)));
    }
  }

  private static String refusal(Engine engine, Network network, Weights weights) {
    return assertThrows(
            IllegalArgumentException.class, () -> engine.compile(network, weights, Precision.BF16))
        .getMessage();
  }
}
