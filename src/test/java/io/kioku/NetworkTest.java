package io.kioku;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.GruCells;
import io.kioku.cell.LstmCells;
import io.kioku.cell.OtherCells;
import io.kioku.format.Safetensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a network can be: layers that differ, layers that run backwards, steps that are skipped.
@Tag("tiers")
class NetworkTest {
  private static final int CASES = 300;
  private static final double TOLERANCE = 2e-5;

  /// Cells whose values grow, so that a stack of them magnifies rounding errors.
  private static final double STACKED_TOLERANCE = 1e-4;

  @Test
  void everyBackendComputesWhatSingleLayersDoStreamByStream() {
    int onOnednn = 0;
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Engine libkioku = Engine.open(Backend.LIBKIOKU);
        Engine onednn = Engine.open(Backend.ONEDNN);
        Engine planned = Engine.builder().threads(2).open()) {
      for (int seed = 0; seed < CASES; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        StackedCase c =
            seed % 3 == 0
                ? StackedCase.random(List.of(Cells.LSTM, Cells.GRU, LstmCells.LSTMP), random)
                : StackedCase.random(random);
        String what = "case " + seed + ": " + c;
        StackedCase.Result expected = c.byHand(reference);
        c.run(reference).assertNear(expected, 1e-6, "reference, " + what);
        c.run(libkioku).assertNear(expected, STACKED_TOLERANCE, "libkioku, " + what);
        c.run(planned).assertNear(expected, STACKED_TOLERANCE, "planned, " + what);
        if (CaseResult.runsOn(Backend.ONEDNN, c.network())) {
          c.run(onednn).assertNear(expected, STACKED_TOLERANCE, "onednn, " + what);
          onOnednn++;
        }
      }
    }
    assertTrue(onOnednn > CASES / 4, "oneDNN ran only " + onOnednn + " cases");
  }

  /// A cell that reads the layer below stands on one like itself, wherever in the stack.
  @ParameterizedTest
  @EnumSource(
      value = Backend.class,
      names = {"REFERENCE", "LIBKIOKU"})
  void cellsThatReadTheLayerBelowAreMasked(Backend backend) {
    Cell cell = Cell.of("deep", "c' = tanh(W_c x + R_c h + 0.5 * below(c))\nh' = tanh(c')");
    for (int seed = 0; seed < 20; seed++) {
      StackedCase c =
          StackedCase.of(
              Network.of(5, Layer.of(cell, 9), Layer.of(cell, 9), Layer.of(Cells.GRU, 4)),
              7,
              4,
              new SplittableRandom(seed));
      try (Engine engine = Engine.open(backend);
          Model model = engine.compile(c.network(), c.weights());
          Session session = model.newSession(1)) {
        float[] y = c.run(model).y();
        for (int n = 0; n < 4; n++) {
          session.state().clear();
          for (int layer = 0; layer < 3; layer++) {
            for (String state : c.network().layer(layer).cell().states()) {
              float[] all = c.states().get(state + " of layer " + layer);
              int size = all.length / 4;
              session.state().set(layer, state, Arrays.copyOfRange(all, n * size, (n + 1) * size));
            }
          }
          float[] expected = new float[7 * 4];
          float[] actual = new float[7 * 4];
          float[] step = new float[4];
          for (int t = 0; t < 7; t++) {
            System.arraycopy(y, c.row(t, n) * 4, actual, t * 4, 4);
            if (c.mask()[t * 4 + n]) {
              session.step(Arrays.copyOfRange(c.x(), c.row(t, n) * 5, c.row(t, n) * 5 + 5), step);
              System.arraycopy(step, 0, expected, t * 4, 4);
            }
          }
          CaseResult.assertNear(expected, actual, TOLERANCE, "stream " + n + " of " + c);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aTraceShowsTheStepsThatRun(Backend backend) {
    List<Cell> known = List.of(Cells.LSTM, Cells.GRU, Cells.RNN_TANH);
    List<Cell> special = List.of(OtherCells.CLOCKWORK, GruCells.AUGRU, Cells.LSTM);
    int compared = 0;
    for (int seed = 0; seed < 40; seed++) {
      List<Cell> cells = seed % 2 == 0 ? known : special;
      StackedCase c = StackedCase.random(cells, new SplittableRandom(seed));
      if (!CaseResult.runsOn(backend, c.network())) {
        continue;
      }
      compared++;
      try (Engine engine = Engine.open(backend);
          Model model = engine.compile(c.network(), c.weights());
          Session session = model.newSession(c.batch());
          Trace trace = session.trace()) {
        c.begin(session);
        float[] y = new float[c.steps() * c.batch() * c.network().outputSize()];
        session.runMasked(c.spoiledX(), y, c.orderedMask());
        c.run(model).assertNear(new StackedCase.Result(y, Map.of()), TOLERANCE, c);
        for (int n = 0; n < c.batch(); n++) {
          checkTrace(c, model, trace, n, backend + ", stream " + n + " of " + c);
        }
      }
    }
    assertTrue(compared >= 20, "only " + compared + " cases");
  }

  /// Compares with a trace of a stream that runs alone, without the steps that it skips.
  private static void checkTrace(StackedCase c, Model model, Trace trace, int n, String what) {
    List<Integer> times = c.times(n);
    Network network = c.network();
    try (Session whole = model.newSession(c.batch());
        Session session = model.newSession(1);
        Trace alone = session.trace()) {
      c.begin(whole);
      whole.state().copyRow(n, session.state(), 0);
      int width = network.inputWidth();
      float[] x = new float[times.size() * width];
      for (int k = 0; k < times.size(); k++) {
        System.arraycopy(c.x(), c.row(times.get(k), n) * width, x, k * width, width);
      }
      session.run(x);
      for (int layer = 0; layer < network.layers(); layer++) {
        for (int direction = 0; direction < network.layer(layer).directions(); direction++) {
          List<String> names = new ArrayList<>(network.layer(layer).cell().values().keySet());
          names.remove("clock'"); // has no equation
          for (String name : names) {
            float[] actual = trace.values(layer, direction, name);
            float[] compact = times.isEmpty() ? null : alone.values(layer, direction, name);
            int size = actual.length / c.steps() / c.batch();
            float[] expected = new float[c.steps() * size];
            float[] own = new float[c.steps() * size];
            for (int t = 0; t < c.steps(); t++) {
              System.arraycopy(actual, (t * c.batch() + n) * size, own, t * size, size);
              if (times.contains(t)) {
                System.arraycopy(compact, times.indexOf(t) * size, expected, t * size, size);
              }
            }
            CaseResult.assertNear(expected, own, TOLERANCE, what + ": " + name);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"BF16", "INT8"})
  void fewerBitsAreMaskedAlike(Precision precision) {
    List<Cell> cells = List.of(Cells.LSTM, Cells.GRU);
    for (int seed = 0; seed < 30; seed++) {
      StackedCase c = StackedCase.random(cells, new SplittableRandom(seed));
      try (Engine reference = Engine.open(Backend.REFERENCE);
          Engine engine = Engine.open();
          Model model = engine.compile(c.network(), c.weights(), precision)) {
        // What a precision costs, over up to three layers.
        double tolerance = precision == Precision.BF16 ? 3e-2 : 9e-2;
        c.run(model).assertNear(c.byHand(reference), tolerance, precision + ", " + c);
      }
    }
  }

  /// Long enough that two threads take layers at once, which follow each other through time in
  /// either direction; a change of direction in between ends that.
  @Test
  void layersThatDifferRunAtOnce() {
    SplittableRandom random = new SplittableRandom(2);
    Layer lstm = Layer.of(Cells.LSTM, 128);
    Layer gru = Layer.of(Cells.GRU, 96);
    List<Network> networks =
        List.of(
            Network.of(64, lstm, gru, lstm),
            Network.of(64, lstm.backwards(), gru.backwards(), lstm.backwards()),
            Network.of(64, lstm.bidirectional(), gru, lstm, gru.backwards(), gru.backwards()));
    try (Engine one = Engine.open();
        Engine two = Engine.builder().threads(2).open()) {
      for (Network network : networks) {
        Weights weights = RecurrentCase.weights(network, random);
        float[] x = RecurrentCase.uniform(200 * 64, 1, random);
        try (Model first = one.compile(network, weights);
            Model second = two.compile(network, weights);
            Session expected = first.newSession(1);
            Session session = second.newSession(1)) {
          CaseResult.assertNear(expected.run(x), session.run(x), TOLERANCE, network);
          CaseResult.assertNear(
              expected.state().get("h"), session.state().get("h"), TOLERANCE, network);
        }
      }
    }
  }

  /// The order of ONNX's `reverse`; Keras' go_backwards is the same turned around.
  @ParameterizedTest
  @EnumSource(Backend.class)
  void aLayerThatRunsBackwardsKeepsTheOrderOfItsInput(Backend backend) {
    SplittableRandom random = new SplittableRandom(3);
    Network both = Network.of(Cells.LSTM, 5, 9).bidirectional();
    Weights weights = RecurrentCase.weights(both, random);
    Network backwards = Network.of(5, Layer.of(Cells.LSTM, 9).backwards());
    Weights own = Weights.none();
    for (var parameter : backwards.parameters().entrySet()) {
      assertTrue(parameter.getKey().endsWith("_l0_reverse"), parameter.getKey());
      float[] values = weights.get(parameter.getKey(), parameter.getValue()).toArray();
      own = own.with(parameter.getKey(), values, parameter.getValue());
    }
    float[] x = RecurrentCase.uniform(6 * 2 * 5, 1, random);
    try (Engine engine = Engine.open(backend);
        Model bothModel = engine.compile(both, weights);
        Model model = engine.compile(backwards, own);
        Session bothSession = bothModel.newSession(2);
        Session session = model.newSession(2)) {
      float[] expected = bothSession.run(x);
      float[] y = session.run(x);
      for (int row = 0; row < 6 * 2; row++) {
        CaseResult.assertNear(
            Arrays.copyOfRange(expected, row * 18 + 9, row * 18 + 18),
            Arrays.copyOfRange(y, row * 9, row * 9 + 9),
            1e-6,
            "row " + row);
      }
      CaseResult.assertNear(
          Arrays.copyOfRange(y, 0, 2 * 9), session.state().get("h"), 0, "the last step is time 0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMaskOfBytesIsOneOfBooleans(boolean isNative) {
    StackedCase c =
        StackedCase.random(List.of(Cells.LSTM, Cells.GRU), new SplittableRandom(isNative ? 8 : 9));
    boolean[] mask = c.orderedMask();
    byte[] bytes = new byte[mask.length];
    for (int i = 0; i < mask.length; i++) {
      bytes[i] = (byte) (mask[i] ? -3 : 0);
    }
    try (Arena arena = Arena.ofConfined();
        Engine engine = Engine.open();
        Model model = engine.compile(c.network(), c.weights());
        Session session = model.newSession(c.batch())) {
      c.begin(session);
      MemorySegment x = arena.allocateFrom(ValueLayout.JAVA_FLOAT, c.spoiledX());
      long size = (long) c.steps() * c.batch() * c.network().outputSize();
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, size);
      session.runMasked(
          x,
          y,
          isNative
              ? arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes)
              : MemorySegment.ofArray(bytes));
      assertArrayEquals(c.run(model).y(), y.toArray(ValueLayout.JAVA_FLOAT));
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> session.runMasked(x, y, MemorySegment.ofArray(new byte[mask.length + 1])))
              .getMessage();
      assertEquals(
          "mask has %d values, expected one for each step and stream: T · N = %d · %d"
              .formatted(mask.length + 1, c.steps(), c.batch()),
          message);
      assertThrows(NullPointerException.class, () -> session.runMasked(x, y, null));
    }
  }

  @Test
  void aMaskThatOnlyCutsEndsIsLengths() {
    SplittableRandom random = new SplittableRandom(4);
    Network network = Network.of(Cells.LSTM, 5, 9).layers(2).bidirectional();
    float[] x = RecurrentCase.uniform(6 * 3 * 5, 1, random);
    int[] lengths = {4, 0, 6};
    boolean[] mask = new boolean[6 * 3];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i / 3 < lengths[i % 3];
    }
    try (Engine engine = Engine.open();
        Model model = engine.compile(network, RecurrentCase.weights(network, random));
        Session session = model.newSession(3)) {
      float[] expected = new float[6 * 3 * 18];
      session.run(x, expected, lengths);
      float[] h = session.state().get("h");
      session.state().clear();
      float[] y = new float[expected.length];
      session.runMasked(x, y, mask);
      assertArrayEquals(expected, y);
      assertArrayEquals(h, session.state().get("h"));
    }
  }

  @Test
  void statesOfLayersThatDiffer(@TempDir Path folder) throws IOException {
    Network network =
        Network.of(5, Layer.of(Cells.LSTM, 9).bidirectional(), Layer.of(Cells.GRU, 4));
    SplittableRandom random = new SplittableRandom(5);
    Weights weights = RecurrentCase.weights(network, random);
    assertEquals(
        "[weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, weight_hh_l0_reverse, bias_ih_l0_reverse, bias_hh_l0_reverse, weight_ih_l1, weight_hh_l1, bias_ih_l1, bias_hh_l1]",
        network.parameters().keySet().toString());
    assertArrayEquals(new long[] {12, 18}, network.parameters().get("weight_ih_l1"));
    try (Engine engine = Engine.open();
        Model model = engine.compile(network, weights);
        Session session = model.newSession(2)) {
      session.run(RecurrentCase.uniform(3 * 2 * 5, 1, random));
      State state = session.state();
      assertEquals(
          2 * (2 * 9 * 2) + 2 * 4,
          state.get(0, "h").length + state.get(0, "c").length + state.get(1, "h").length);
      float[] both = state.get("h");
      assertArrayEquals(state.get(0, "h"), Arrays.copyOf(both, 2 * 2 * 9));
      assertArrayEquals(state.get(1, "h"), Arrays.copyOfRange(both, 2 * 2 * 9, both.length));
      String message =
          assertThrows(IllegalArgumentException.class, () -> state.get("c")).getMessage();
      assertEquals(
          "cell GRU has no state c; it has [h]; ask for that of one layer, with its index",
          message);
      assertThrows(IllegalArgumentException.class, () -> state.get(1, "c"));
      assertThrows(IndexOutOfBoundsException.class, () -> state.get(2, "h"));
      assertThrows(IllegalArgumentException.class, () -> state.set(1, "h", new float[18]));

      Path file = folder.resolve("state");
      state.save(file);
      assertEquals(Set.of("h_l0", "c_l0", "h_l1"), Safetensors.read(file).tensors().keySet());
      State other = model.newState(2);
      other.load(file);
      assertArrayEquals(both, other.get("h"));
      assertArrayEquals(state.get(0, "c"), other.get(0, "c"));
      other.set(1, "h", new float[8]);
      assertArrayEquals(new float[8], other.get(1, "h"));
      assertNotEquals(0, other.get(0, "h")[0], "the other layer stays");
      assertThrows(IOException.class, () -> model.newState(3).load(file));
    }
  }

  /// A file as the first versions wrote it: one tensor for all layers.
  @Test
  void statesOfLayersAlikeAreOneTensor(@TempDir Path folder) throws IOException {
    Network network = Network.of(Cells.LSTM, 5, 9).layers(2);
    SplittableRandom random = new SplittableRandom(6);
    try (Engine engine = Engine.open();
        Model model = engine.compile(network, RecurrentCase.weights(network, random))) {
      State state = model.newState(3);
      state.set("h", RecurrentCase.uniform(2 * 3 * 9, 1, random));
      Path file = folder.resolve("state");
      state.save(file);
      Safetensors read = Safetensors.read(file);
      assertEquals(Set.of("h", "c"), read.tensors().keySet());
      assertArrayEquals(new long[] {2, 3, 9}, read.tensors().get("h").shape());
      assertArrayEquals(
          Arrays.copyOfRange(state.get("h"), 27, 54), state.get(1, "h"), "layer by layer too");
    }
  }

  @Test
  void whatCannotBeIsNamed() {
    Cell deep = Cell.of("deep", "c' = tanh(W_c x + R_c h + 0.5 * below(c))\nh' = tanh(c')");
    refused(
        "cell deep reads c of the layer below, which must have the same cell and directions and a c of the same size; layer 0 is LSTM 9 with inputs of 5, layer 1 is deep 9 with inputs of 9",
        () -> Network.of(5, Layer.of(Cells.LSTM, 9), Layer.of(deep, 9)));
    refused(
        "layer 0 is deep 8 with inputs of 5, layer 1 is deep 9 with inputs of 8",
        () -> Network.of(5, Layer.of(deep, 8), Layer.of(deep, 9)));
    refused(
        "the input of layer 1 has 8, its output 9 in one direction",
        () -> Network.of(5, Layer.of(Cells.GRU, 8), Layer.of(OtherCells.SRU, 9)));
    Network mixed = Network.of(5, Layer.of(Cells.LSTM, 9), Layer.of(Cells.GRU, 8).backwards());
    refused(
        "2 layers of what, of network of 5 inputs: LSTM 9, GRU 8 backwards?",
        () -> mixed.layers(2));
    refused("0 layers, expected 1 to 10000", () -> Network.of(5));
    refused("hiddenSize is 0", () -> Layer.of(Cells.LSTM, 0));
    String message = assertThrows(IllegalStateException.class, mixed::cell).getMessage();
    assertEquals("layers differ in cell, as LSTM and GRU do: ask each layer", message);
    assertThrows(IndexOutOfBoundsException.class, () -> mixed.layer(2));
  }

  private static void refused(String expected, Runnable mistake) {
    String message = assertThrows(IllegalArgumentException.class, mistake::run).getMessage();
    assertTrue(message.contains(expected), message);
  }

  @Test
  void aScoreIsThatOfTheInputInAnyLayer() {
    Network network = Network.of(5, Layer.of(Cells.GRU, 9), Layer.of(GruCells.AUGRU, 4));
    assertEquals(6, network.inputWidth());
    assertTrue(network.hasScore());
    assertEquals(4, network.outputSize());
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Engine planned = Engine.open()) {
      StackedCase c = StackedCase.of(network, 5, 3, new SplittableRandom(7));
      c.run(planned).assertNear(c.byHand(reference), TOLERANCE, c);
    }
  }

  @Test
  void networksAreWhatTheyAreMadeOf() {
    Network network = Network.of(Cells.LSTM, 5, 9).layers(2).bidirectional();
    Layer layer = Layer.of(Cells.LSTM, 9).bidirectional();
    assertEquals(network, Network.of(5, layer, layer));
    assertEquals(network, Network.of(5, layer).then(layer));
    assertEquals("network of 5 inputs: LSTM 9 both ways × 2", network.toString());
    assertNotEquals(network, network.batchFirst());
    assertNotEquals(network, network.withoutBias());
    assertTrue(network.isUniform() && network.runsBackwards());
  }

  /// What is packed at once is all that the first run needs, and weights are kept once.
  @Test
  void aModelKnowsItsMemory() {
    Network network = Network.of(Cells.LSTM, 64, 128).layers(2);
    Weights weights = RecurrentCase.weights(network, new SplittableRandom(1));
    long parameters =
        network.parameters().values().stream()
            .mapToLong(shape -> Arrays.stream(shape).reduce(1, Math::multiplyExact))
            .sum();
    try (Engine engine = Engine.open(Backend.LIBKIOKU);
        Model model = engine.compile(network, weights);
        Model bytes = engine.compile(network, weights, Precision.INT8);
        Session session = model.newSession(2)) {
      long packed = model.bytes();
      assertTrue(packed > parameters * 3, () -> packed + " bytes for " + parameters + " weights");
      assertTrue(packed < parameters * 5, () -> packed + " bytes for " + parameters + " weights");
      assertTrue(bytes.bytes() < packed / 2, () -> bytes.bytes() + " bytes of INT8");
      session.run(new float[3 * 2 * 64]);
      assertEquals(packed, model.bytes(), "the first run packs nothing");
    }
  }
}
