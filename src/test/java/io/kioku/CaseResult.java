package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.backend.libkioku.LibkiokuBackend;
import io.kioku.internal.backend.onednn.OnednnBackend;
import io.kioku.internal.backend.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/// What a backend computed: the output and each state after the last step.
@SuppressWarnings("ArrayRecordComponent") // compared value by value, never by equals
record CaseResult(float[] y, Map<String, float[]> states) {
  /// Whether a backend runs a network.
  static boolean runsOn(Backend backend, Network network) {
    LayerBackend layers =
        switch (backend) {
          case REFERENCE -> new ReferenceBackend();
          case ONEDNN -> new OnednnBackend();
          case LIBKIOKU -> new LibkiokuBackend();
        };
    return IntStream.range(0, network.layers())
        .boxed()
        .flatMap(layer ->
            IntStream.range(0, network.layer(layer).directions())
                .mapToObj(d -> network.spec(layer, d)))
        .allMatch(layer -> layers.refusal(layer).isEmpty());
  }

  /// Runs a case on arrays.
  static CaseResult of(Engine engine, RecurrentCase c) {
    try (Model model = engine.compile(c.network(), c.weights());
        Session session = model.newSession(c.batch())) {
      c.states().forEach(session.state()::set);
      float[] y = new float[c.outputs()];
      session.run(c.x(), y, c.lengths());
      return new CaseResult(y, states(c, session));
    }
  }

  /// Runs a case on native segments that end where memory does.
  static CaseResult guarded(Engine engine, RecurrentCase c) {
    try (GuardedArena arena = new GuardedArena();
        Model model = engine.compile(c.network(), c.weights());
        Session session = model.newSession(c.batch())) {
      c.states().forEach(session.state()::set);
      MemorySegment x = arena.floats(c.x().length);
      MemorySegment y = arena.floats(c.outputs());
      MemorySegment.copy(c.x(), 0, x, ValueLayout.JAVA_FLOAT, 0, c.x().length);
      session.run(x, y, c.lengths());
      return new CaseResult(y.toArray(ValueLayout.JAVA_FLOAT), states(c, session));
    }
  }

  private static Map<String, float[]> states(RecurrentCase c, Session session) {
    Map<String, float[]> states = new LinkedHashMap<>();
    c.network().cell().states().forEach(s -> states.put(s, session.state().get(s)));
    return states;
  }

  /// The largest difference of output and states, relative to the scale of each.
  void assertNear(CaseResult expected, double tolerance, Object what) {
    assertNear(expected.y, y, tolerance, what + ": output");
    expected.states.forEach((name, values) ->
        assertNear(values, states.get(name), tolerance, what + ": state " + name));
  }

  static void assertNear(float[] expected, float[] actual, double tolerance, Object what) {
    assertEquals(expected.length, actual.length, () -> what + ": number of values");
    double scale = 0;
    for (float value : expected) {
      scale = Float.isFinite(value) ? Math.max(scale, Math.abs(value)) : scale;
    }
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs((double) expected[i] - actual[i]);
      int at = i;
      double allowed = tolerance * Math.max(scale, Float.MIN_NORMAL);
      assertTrue(
          error <= allowed
              || expected[at] == actual[at]
              || (Float.isNaN(expected[i]) && Float.isNaN(actual[i])),
          () -> "%s: value %d is %s, expected %s".formatted(what, at, actual[at], expected[at]));
    }
  }
}
