package io.kioku.internal.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.Parameter;
import io.kioku.internal.backend.libkioku.LibkiokuBackend;
import io.kioku.internal.backend.onednn.OnednnBackend;
import io.kioku.internal.backend.reference.ReferenceBackend;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A batch whose rows lie anywhere gives what the same rows give side by side.
@Tag("tiers")
class AnyRowsTest {
  private static final int STEPS = 7;
  private static final int INPUT = 5;
  private static final int HIDDEN = 16;
  private static final Cell CLOCKED =
      Cell.of("clocked", "h'[1, 2, 4, 8] = tanh(W_h x + R_h h + b_h)");

  static Stream<Arguments> backends() {
    LayerBackend reference = new ReferenceBackend();
    LayerBackend libkioku = new LibkiokuBackend();
    return Stream.of(
        Arguments.of(reference, Cells.LSTM),
        Arguments.of(reference, CLOCKED),
        Arguments.of(libkioku, Cells.GRU),
        Arguments.of(libkioku, CLOCKED),
        Arguments.of(new OnednnBackend(), Cells.LSTM),
        Arguments.of(libkioku, Cells.LSTM));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void rowsLieAnywhere(LayerBackend backend, Cell cell) {
    SplittableRandom random = new SplittableRandom(1);
    try (Arena arena = Arena.ofConfined();
        PackedNetwork network = network(backend, cell, random);
        NetworkRunner runner = new NetworkRunner(network, arena)) {
      for (int round = 0; round < 20; round++) {
        int batch = 1 + random.nextInt(6);
        int[] lengths = round % 2 == 0 ? null : lengths(batch, random);
        MemorySegment mask = round % 4 < 2 ? null : mask(batch, random, arena);
        LayerCall side = sideBySide(network, batch, random, arena);
        side.lengths = lengths;
        side.mask = mask;
        LayerCall any = anywhere(network, side, random, arena);
        runner.run(side);
        runner.run(any);
        for (int n = 0; n < batch; n++) {
          for (int t = 0; t < STEPS; t++) {
            float[] expected = floats(side.yMemory(), side.yAt(t, n), network.outputWidth());
            float[] y = floats(any.yMemory(), any.yAt(t, n), network.outputWidth());
            near(expected, y, "round " + round + ", step " + t + " of row " + n);
            assertEquals(side.runs(t, n), !Arrays.equals(new float[y.length], y), "zeros");
          }
          float[] expected = floats(side.stateMemory(), side.stateAt(n), network.stateWidth());
          float[] state = floats(any.stateMemory(), any.stateAt(n), network.stateWidth());
          near(expected, state, "round " + round + ", state of row " + n);
        }
      }
    }
  }

  /// The last layer's directions may each have a block of their own.
  @ParameterizedTest
  @MethodSource("backends")
  void directionsLieApart(LayerBackend backend, Cell cell) {
    SplittableRandom random = new SplittableRandom(3);
    try (Arena arena = Arena.ofConfined();
        PackedNetwork network = network(backend, cell, random, 3);
        NetworkRunner runner = new NetworkRunner(network, arena)) {
      for (int round = 0; round < 20; round++) {
        int batch = 1 + random.nextInt(6);
        LayerCall side = sideBySide(network, batch, random, arena);
        side.lengths = round % 2 == 0 ? null : lengths(batch, random);
        side.mask = round % 4 < 2 ? null : mask(batch, random, arena);
        LayerCall apart = new LayerCall();
        apart.steps = STEPS;
        apart.batch = batch;
        apart.x.set(side.x);
        MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, 2L * STEPS * batch * HIDDEN);
        apart.yDirection = (long) batch * HIDDEN;
        apart.y.set(y.fill((byte) -1), 0, 2 * apart.yDirection, HIDDEN);
        float[] state = side.state.toArray(ValueLayout.JAVA_FLOAT);
        apart.state = arena.allocateFrom(ValueLayout.JAVA_FLOAT, state);
        apart.stateRow = side.stateRow;
        apart.lengths = side.lengths;
        apart.mask = side.mask;
        runner.run(side);
        runner.run(apart);
        for (int n = 0; n < batch; n++) {
          for (int t = 0; t < STEPS; t++) {
            for (int d = 0; d < 2; d++) {
              near(
                  floats(side.yMemory(), side.yAt(t, n) + (long) d * HIDDEN, HIDDEN),
                  floats(y, apart.yAt(t, n) + d * apart.yDirection, HIDDEN),
                  "round " + round + ", step " + t + " of row " + n + ", direction " + d);
            }
          }
        }
      }
    }
  }

  /// What a watched layer shows and computes is what a layer that traces itself does.
  @Test
  void aWatchedLayerTakesAnyRows() {
    SplittableRandom random = new SplittableRandom(2);
    LayerBackend backend = new ReferenceBackend();
    try (Arena arena = Arena.ofConfined();
        PackedNetwork network = network(backend, Cells.LSTM, random)) {
      LayerSpec spec = network.spec(0);
      PackedLayer traced = network.traced(0, backend);
      PackedLayer watched = new WatchedLayer(spec, network.layer(0, backend), traced);
      try (LayerRunner expectedRunner = traced.newRunner(arena, new Buffer(arena));
          LayerRunner runner = watched.newRunner(arena, new Buffer(arena))) {
        for (int round = 0; round < 20; round++) {
          int batch = 1 + random.nextInt(4);
          LayerCall expected = sideBySide(network, batch, random, arena);
          expected.lengths = lengths(batch, random);
          expected.mask = round % 2 == 0 ? null : mask(batch, random, arena);
          LayerCall call = anywhere(network, expected, random, arena);
          expected.backwards = round % 4 < 2;
          call.backwards = expected.backwards;
          long width = new TraceLayout(spec).width();
          for (LayerCall one : List.of(expected, call)) {
            MemorySegment memory =
                arena.allocate(ValueLayout.JAVA_FLOAT, (long) STEPS * batch * width);
            one.trace.set(memory, 0, batch * width, width);
          }
          expectedRunner.run(expected);
          runner.run(call);
          near(
              expected.trace.segment.toArray(ValueLayout.JAVA_FLOAT),
              call.trace.segment.toArray(ValueLayout.JAVA_FLOAT),
              "trace, round " + round);
          for (int n = 0; n < batch; n++) {
            near(
                floats(expected.stateMemory(), expected.stateAt(n), spec.stateWidth()),
                floats(call.stateMemory(), call.stateAt(n), spec.stateWidth()),
                "state, round " + round);
            for (int t = 0; t < STEPS; t++) {
              near(
                  floats(expected.yMemory(), expected.yAt(t, n), spec.output()),
                  floats(call.yMemory(), call.yAt(t, n), spec.output()),
                  "round " + round + ", step " + t + " of row " + n);
            }
          }
        }
      }
    }
  }

  private static int[] lengths(int batch, SplittableRandom random) {
    int[] lengths = new int[batch + random.nextInt(3)];
    Arrays.setAll(lengths, n -> random.nextInt(STEPS + 1));
    return lengths;
  }

  private static MemorySegment mask(int batch, SplittableRandom random, Arena arena) {
    MemorySegment mask = arena.allocate((long) STEPS * batch);
    for (long i = 0; i < mask.byteSize(); i++) {
      mask.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(3));
    }
    return mask;
  }

  /// A layer that runs forwards, one both ways, one backwards.
  private static PackedNetwork network(LayerBackend backend, Cell cell, SplittableRandom random) {
    return network(backend, cell, random, 4);
  }

  /// The first of these, in one direction each.
  private static PackedNetwork network(
      LayerBackend backend, Cell cell, SplittableRandom random, int count) {
    List<DirectedLayer> all =
        List.of(
            new DirectedLayer(new LayerSpec(cell, INPUT, HIDDEN, HIDDEN), 0, false),
            new DirectedLayer(new LayerSpec(cell, HIDDEN, HIDDEN, HIDDEN), 1, false),
            new DirectedLayer(new LayerSpec(cell, HIDDEN, HIDDEN, HIDDEN), 1, true),
            new DirectedLayer(new LayerSpec(cell, 2 * HIDDEN, HIDDEN, HIDDEN), 2, true));
    List<DirectedLayer> layers = all.subList(0, count);
    List<Parameters> parameters = new ArrayList<>();
    for (DirectedLayer layer : layers) {
      Map<String, float[]> values = new HashMap<>();
      for (Parameter parameter : cell.parameters()) {
        int columns = parameter.isMatrix() ? layer.spec().of(parameter.columns()) : 1;
        float[] value = new float[layer.spec().of(parameter.rows()) * columns];
        fill(value, 0.3f, random);
        values.put(parameter.name(), value);
      }
      parameters.add(new Parameters(values));
    }
    return new PackedNetwork(layers, parameters, List.of(backend), 1);
  }

  private static void fill(float[] values, float bound, SplittableRandom random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = bound * (2 * random.nextFloat() - 1);
    }
  }

  private static LayerCall sideBySide(
      PackedNetwork network, int batch, SplittableRandom random, Arena arena) {
    LayerCall call = new LayerCall();
    call.steps = STEPS;
    call.batch = batch;
    float[] x = new float[STEPS * batch * INPUT];
    fill(x, 1, random);
    call.x.set(arena.allocateFrom(ValueLayout.JAVA_FLOAT, x), 0, (long) batch * INPUT, INPUT);
    long width = network.outputWidth();
    float[] y = new float[STEPS * batch * (int) width];
    Arrays.fill(y, Float.NaN);
    call.y.set(arena.allocateFrom(ValueLayout.JAVA_FLOAT, y), 0, batch * width, width);
    float[] state = new float[batch * network.stateWidth()];
    fill(state, 1, random);
    for (int n = 0; n < batch; n++) {
      for (int index = 0; index < network.size(); index++) {
        LayerSpec spec = network.spec(index);
        if (spec.cell().states().contains("clock")) {
          int at = n * network.stateWidth() + network.stateOffset(index);
          state[at + spec.stateOffset("clock")] = random.nextInt(8);
        }
      }
    }
    call.state = arena.allocateFrom(ValueLayout.JAVA_FLOAT, state);
    call.stateRow = network.stateWidth();
    return call;
  }

  /// The same rows with some floats between steps, each in memory of its own.
  private static LayerCall anywhere(
      PackedNetwork network, LayerCall side, SplittableRandom random, Arena arena) {
    LayerCall call = new LayerCall();
    call.steps = side.steps;
    call.batch = side.batch;
    call.lengths = side.lengths;
    call.mask = side.mask;
    call.x.step = INPUT + 2;
    call.y.step = network.outputWidth() + 3L;
    call.pointers = arena.allocate(ValueLayout.JAVA_LONG, 3L * side.batch);
    List<Integer> order = new ArrayList<>();
    for (int n = 0; n < side.batch; n++) {
      order.add(random.nextInt(n + 1), n);
    }
    for (int n : order) {
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, STEPS * call.x.step);
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, STEPS * call.y.step);
      MemorySegment state = arena.allocate(ValueLayout.JAVA_FLOAT, network.stateWidth());
      for (int t = 0; t < STEPS; t++) {
        Rows.copy(side.x.segment, side.x.at(t, n), x, t * call.x.step, INPUT);
      }
      y.fill((byte) -1);
      Rows.copy(side.state, side.stateAt(n), state, 0, network.stateWidth());
      call.pointers.setAtIndex(ValueLayout.JAVA_LONG, 3L * n, x.address());
      call.pointers.setAtIndex(ValueLayout.JAVA_LONG, 3L * n + 1, y.address());
      call.pointers.setAtIndex(ValueLayout.JAVA_LONG, 3L * n + 2, state.address());
    }
    return call;
  }

  private static float[] floats(MemorySegment memory, long at, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = Rows.get(memory, at + i);
    }
    return values;
  }

  private static void near(float[] expected, float[] actual, String what) {
    for (int i = 0; i < expected.length; i++) {
      int at = i;
      assertTrue(
          Math.abs(expected[i] - actual[i]) <= 2e-6,
          () -> "%s: value %d is %s, expected %s".formatted(what, at, actual[at], expected[at]));
    }
  }
}
