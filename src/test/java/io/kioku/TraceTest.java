package io.kioku;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.OtherCells;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a trace shows is what the equations say, on every backend.
@Tag("tiers")
class TraceTest {
  private static final double TOLERANCE = 2e-5;

  static List<Cell> cells() {
    return Cells.all();
  }

  @ParameterizedTest
  @MethodSource("cells")
  void everyBackendShowsTheReferencesValues(Cell cell) {
    for (int seed = 0; seed < 40; seed++) {
      RecurrentCase c = RecurrentCase.random(cell, 100_000, new SplittableRandom(seed));
      // One or two projected values may cancel to next to nothing, which then is their scale.
      int projection = c.network().layer(0).projectionSize();
      if (projection > 0 && projection < 7) {
        continue;
      }
      for (Backend backend : new Backend[] {Backend.LIBKIOKU, Backend.ONEDNN, Backend.LIBKIOKU}) {
        if (CaseResult.runsOn(backend, c.network())) {
          compare(c, backend);
        }
      }
    }
  }

  private static void compare(RecurrentCase c, Backend backend) {
    try (Engine reference = Engine.open(Backend.REFERENCE);
        Engine engine = Engine.open(backend);
        Model expectedModel = reference.compile(c.network(), c.weights());
        Model model = engine.compile(c.network(), c.weights());
        Session expected = expectedModel.newSession(c.batch());
        Session session = model.newSession(c.batch());
        Trace expectedTrace = expected.trace();
        Trace trace = session.trace()) {
      c.states().forEach(expected.state()::set);
      c.states().forEach(session.state()::set);
      float[] expectedY = new float[c.outputs()];
      float[] y = new float[c.outputs()];
      expected.run(c.x(), expectedY, c.lengths());
      session.run(c.x(), y, c.lengths());
      CaseResult.assertNear(expectedY, y, TOLERANCE, backend + " " + c + ": output");
      for (int layer = 0; layer < c.network().layers(); layer++) {
        for (int direction = 0; direction < c.network().directions(); direction++) {
          for (String name : trace.names()) {
            float[] values = expectedTrace.values(layer, direction, name);
            CaseResult.assertNear(
                values,
                trace.values(layer, direction, name),
                TOLERANCE,
                "%s %s: layer %d, direction %d, %s".formatted(backend, c, layer, direction, name));
          }
        }
      }
    }
  }

  /// The trace of an LSTM obeys its equations, and its last step is the session's state.
  @ParameterizedTest
  @org.junit.jupiter.params.provider.EnumSource(Backend.class)
  void theValuesObeyTheEquations(Backend backend) {
    RecurrentCase c =
        RecurrentCase.of(Network.of(Cells.LSTM, 5, 17).layers(2), 6, 3, new SplittableRandom(1));
    try (Engine engine = Engine.open(backend);
        Model model = engine.compile(c.network(), c.weights());
        Session session = model.newSession(3);
        Trace trace = session.trace()) {
      session.run(c.x());
      float[] f = trace.values(1, 0, "f");
      float[] i = trace.values(1, 0, "i");
      float[] g = trace.values(1, 0, "g");
      float[] o = trace.values(1, 0, "o");
      float[] cell = trace.values(1, 0, "c'");
      float[] hidden = trace.values(1, 0, "h'");
      int width = 3 * 17;
      assertEquals(6 * width, cell.length);
      for (int k = 0; k < cell.length; k++) {
        double before = k < width ? 0 : cell[k - width];
        assertEquals(f[k] * before + i[k] * g[k], cell[k], 1e-6);
        assertEquals(o[k] * Math.tanh(cell[k]), hidden[k], 1e-6);
      }
      float[] last = Arrays.copyOfRange(session.state().get("c"), width, 2 * width);
      assertArrayEquals(last, Arrays.copyOfRange(cell, 5 * width, 6 * width), 1e-6f);
    }
  }

  @Test
  void onlyTheChosenLayersAndStepsAreRecorded() {
    Network network = Network.of(Cells.GRU, 4, 8).layers(3);
    SplittableRandom random = new SplittableRandom(2);
    float[] x = RecurrentCase.uniform(5 * 2 * 4, 1, random);
    try (Engine engine = Engine.open();
        Model model = engine.compile(network, RecurrentCase.weights(network, random));
        Session session = model.newSession(2)) {
      float[] without = session.run(x);
      session.state().clear();
      try (Trace trace = session.trace(Set.of(1), 3, 8)) {
        assertArrayEquals(without, session.run(x), 1e-6f);
        assertEquals(2, trace.steps());
        session.run(x);
        session.run(x);
        assertEquals(5, trace.steps());
        assertEquals(5 * 2 * 8, trace.values(1, 0, "z").length);
        assertThrows(IllegalArgumentException.class, () -> trace.values(0, 0, "z"));
        assertThrows(IllegalArgumentException.class, () -> trace.values(1, 1, "z"));
        assertTrue(
            assertThrows(IllegalArgumentException.class, () -> trace.values(1, 0, "q"))
                .getMessage()
                .contains("it has [r, z, n, h']"));
        session.resize(3);
        try (Trace other = session.trace()) {
          session.run(new float[5 * 3 * 4]);
          assertEquals(5, trace.steps(), "a second trace ends the first");
          assertEquals(5, other.steps());
          session.resize(1);
          assertThrows(IllegalStateException.class, () -> session.run(new float[4]));
        }
      }
      session.run(new float[4]);
      assertThrows(IndexOutOfBoundsException.class, () -> session.trace(Set.of(3), 0, 1));
      assertThrows(IllegalArgumentException.class, () -> session.trace(Set.of(), 0, 1));
      assertThrows(IllegalArgumentException.class, () -> session.trace(Set.of(0), 1, 1));
    }
  }

  /// Once its steps are recorded, a trace that is still open is in nobody's way.
  @Test
  void aFinishedTraceLetsTheBatchChange() {
    Network network = Network.of(Cells.GRU, 4, 8);
    try (Engine engine = Engine.open();
        Model model =
            engine.compile(network, RecurrentCase.weights(network, new SplittableRandom(4)));
        Session session = model.newSession(2);
        Trace trace = session.trace(Set.of(0), 0, 2)) {
      session.run(new float[2 * 2 * 4]);
      session.resize(3);
      session.run(new float[2 * 3 * 4]);
      assertEquals(2, trace.steps());
      assertEquals(2, trace.batch());
    }
  }

  /// Units of a sleeping module show nothing but the state that they keep.
  @Test
  void sleepingModulesShowNothing() {
    Cell cell = Cell.of("clockwork", "a = W_h x + R_h h + b_h\nh'[1, 3] = tanh(a)");
    RecurrentCase c = RecurrentCase.of(Network.of(cell, 3, 4), 4, 1, new SplittableRandom(3));
    for (Backend backend : new Backend[] {Backend.REFERENCE, Backend.LIBKIOKU}) {
      try (Engine engine = Engine.open(backend);
          Model model = engine.compile(c.network(), c.weights());
          Session session = model.newSession(1);
          Trace trace = session.trace()) {
        session.run(c.x());
        float[] a = trace.values(0, 0, "a");
        float[] h = trace.values(0, 0, "h'");
        for (int t = 0; t < 4; t++) {
          for (int unit = 2; unit < 4; unit++) {
            assertEquals(t % 3 != 0, a[t * 4 + unit] == 0, backend + " step " + t);
          }
        }
        assertArrayEquals(
            Arrays.copyOfRange(h, 2, 4), Arrays.copyOfRange(h, 10, 12), 0f, "kept for two steps");
      }
    }
    assertEquals(8, OtherCells.CLOCKWORK.cycle());
  }

  /// A number belongs to no module.
  @Test
  void numbersDoNotSleep() {
    Cell cell = Cell.of("scored", "v = 1 - score\nh'[2, 3] = v * tanh(W_h x)");
    RecurrentCase c = RecurrentCase.of(Network.of(cell, 3, 4), 4, 2, new SplittableRandom(3));
    compare(c, Backend.LIBKIOKU);
  }
}
