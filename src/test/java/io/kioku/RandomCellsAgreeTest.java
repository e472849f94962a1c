package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.kioku.cell.Cell;
import io.kioku.cell.EquationException;
import io.kioku.cell.RandomCells;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Cells drawn at random are computed alike by every backend, or refused with a message. More than
/// the usual ones are drawn with `-Dkioku.test.cells=100000`, others with
/// `-Dkioku.test.firstCell=1000`.
@Tag("tiers")
class RandomCellsAgreeTest {
  private static final int FIRST = Integer.getInteger("kioku.test.firstCell", 0);
  private static final int CELLS = Integer.getInteger("kioku.test.cells", 400);
  private static final double TOLERANCE = 5e-5;
  private static final double LEAST_SCALE = 0.01;

  /// Multiplications that the reference may take for one case.
  private static final long MOST_WORK = 100_000;

  /// Rounding errors of more steps could grow without bounds in some cells.
  private static final int MOST_STEPS = 12;

  @Test
  void everyBackendGivesTheReferencesNumbers() {
    Map<String, Integer> computed = new TreeMap<>();
    try (Engine reference = Engine.open(Backend.REFERENCE)) {
      for (int seed = FIRST; seed < FIRST + CELLS; seed++) {
        RecurrentCase c = draw(RandomCells.random(seed), seed);
        Map<String, float[]> expected = values(reference, c);
        for (Backend backend : Backend.values()) {
          if (backend == Backend.REFERENCE || !CaseResult.runsOn(backend, c.network())) {
            continue;
          }
          computed.merge(backend.name(), 1, Integer::sum);
          String what = "%s, %s\n%s".formatted(backend, c, c.network().cell().equations());
          try (Engine engine = Engine.open(backend)) {
            Map<String, float[]> actual = values(engine, c);
            expected.forEach((name, values) -> assertNear(values, actual.get(name), what + name));
          } catch (RuntimeException e) {
            fail(what, e);
          }
        }
      }
    }
    // Whatever the backends are, one runs (nearly) all cells.
    int most = computed.values().stream().mapToInt(n -> n).max().orElse(0);
    assertEquals(CELLS, most, CELLS / 50.0, computed::toString);
  }

  /// What is next to nothing may be what rounding left of larger numbers.
  private static void assertNear(float[] expected, float[] actual, String what) {
    float scale = Float.MIN_NORMAL;
    for (float value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    double tolerance = TOLERANCE * Math.max(1, LEAST_SCALE / scale);
    CaseResult.assertNear(expected, actual, tolerance, what);
  }

  private static RecurrentCase draw(Cell cell, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    while (true) {
      RecurrentCase c = RecurrentCase.random(cell, MOST_WORK, random);
      if (c.steps() <= MOST_STEPS) {
        return c;
      }
    }
  }

  /// Output, states and all that the equations name.
  private static Map<String, float[]> values(Engine engine, RecurrentCase c) {
    Map<String, float[]> values = new TreeMap<>();
    CaseResult result = CaseResult.guarded(engine, c);
    values.put("output", result.y());
    result.states().forEach((name, state) -> values.put("state " + name, state));
    try (Model model = engine.compile(c.network(), c.weights());
        Session session = model.newSession(c.batch());
        Trace trace = session.trace()) {
      c.states().forEach(session.state()::set);
      session.run(c.x(), new float[c.outputs()], c.lengths());
      for (int layer = 0; layer < c.network().layers(); layer++) {
        for (int direction = 0; direction < c.network().directions(); direction++) {
          for (String name : trace.names()) {
            values.put(
                "trace of %s, layer %d, direction %d".formatted(name, layer, direction),
                trace.values(layer, direction, name));
          }
        }
      }
    }
    return values;
  }

  /// A text that is almost a cell is one after all, which then runs, or the mistake is named.
  @Test
  void brokenTextsEndInAMessageOrRun() {
    int cells = 0;
    for (int seed = FIRST; seed < FIRST + 5 * CELLS; seed++) {
      String text = RandomCells.broken(seed);
      try {
        run(Cell.of("broken", text), seed);
        cells++;
      } catch (EquationException e) {
        // as it should be
      } catch (RuntimeException e) {
        fail("text %d\n%s".formatted(seed, text), e);
      }
    }
    assertEquals(5 * CELLS / 4.0, cells, CELLS, "texts that are cells");
  }

  private static void run(Cell cell, int seed) {
    RecurrentCase c = draw(cell, seed);
    for (Backend backend : List.of(Backend.values())) {
      if (CaseResult.runsOn(backend, c.network())) {
        try (Engine engine = Engine.open(backend)) {
          CaseResult.guarded(engine, c);
        }
      }
    }
  }
}
