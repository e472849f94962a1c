package io.kioku.internal.backend;

import io.kioku.internal.ffi.Handles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Measures which backend runs a layer fastest here: each in turn, so that what else the machine
/// does falls on all alike, and the median of many rounds.
public final class Tuner {
  private static final int STEPS = 20;
  private static final int ROUNDS = 9;

  /// Nanoseconds that one backend computes in a round, at least.
  private static final long ROUND = 2_000_000;

  private Tuner() {}

  /// Measures a layer and keeps the result for planners, unless that was done before; some seconds
  /// for a large layer.
  ///
  /// @param backends what a planner may choose from
  /// @throws IOException if the result cannot be kept
  public static void tune(LayerSpec spec, Parameters parameters, List<LayerBackend> backends)
      throws IOException {
    List<LayerBackend> able =
        backends.stream()
            .filter(backend -> Planner.refusal(backend, spec).isEmpty())
            .filter(backend -> backend.unavailable().isEmpty())
            .toList();
    if (able.size() > 1 && TunedPlans.of(spec).isEmpty()) {
      List<String> fastest = new ArrayList<>();
      for (int batch : TunedPlans.BATCHES) {
        fastest.add(fastest(spec, parameters, able, batch).name());
      }
      TunedPlans.put(spec, fastest);
    }
  }

  private static LayerBackend fastest(
      LayerSpec spec, Parameters parameters, List<LayerBackend> backends, int batch) {
    long[][] times = new long[backends.size()][ROUNDS];
    List<LayerRunner> runners = new ArrayList<>();
    try (Arena arena = Arena.ofShared();
        Handles handles = new Handles()) {
      for (LayerBackend backend : backends) {
        PackedLayer layer = backend.pack(spec, parameters, 1, arena);
        handles.onClose(layer::close);
        LayerRunner runner = layer.newRunner(arena, new Buffer(arena));
        handles.onClose(runner::close);
        runners.add(runner);
      }
      LayerCall call = call(spec, batch, arena);
      for (int round = -1; round < ROUNDS; round++) { // the first one warms up
        for (int b = 0; b < runners.size(); b++) {
          long time = nanos(runners.get(b), call);
          if (round >= 0) {
            times[b][round] = time;
          }
        }
      }
    }
    int best = 0;
    for (int b = 0; b < times.length; b++) {
      Arrays.sort(times[b]);
      best = times[b][ROUNDS / 2] < times[best][ROUNDS / 2] ? b : best;
    }
    return backends.get(best);
  }

  private static long nanos(LayerRunner runner, LayerCall call) {
    long start = System.nanoTime();
    long spent = 0;
    int runs = 0;
    do {
      call.state.fill((byte) 0);
      runner.run(call);
      runs++;
      spent = System.nanoTime() - start;
    } while (spent < ROUND);
    return spent / runs;
  }

  /// A run over values like those of a network at work; the scores and states beside `x` are 0.
  private static LayerCall call(LayerSpec spec, int batch, Arena arena) {
    LayerCall call = new LayerCall();
    call.steps = STEPS;
    call.batch = batch;
    place(call.x, spec.input() + spec.aboveOffset(), batch, arena);
    place(call.y, spec.output(), batch, arena);
    place(call.side, spec.sideWidth(), batch, arena);
    place(call.above, spec.sideWidth(), batch, arena);
    for (long k = 0; k < call.x.segment.byteSize() / Float.BYTES; k++) {
      Rows.set(call.x.segment, k, (float) Math.sin((double) k));
    }
    call.state = arena.allocate(ValueLayout.JAVA_FLOAT, (long) batch * spec.stateWidth());
    call.stateRow = spec.stateWidth();
    return call;
  }

  private static void place(Rows rows, int width, int batch, Arena arena) {
    long step = (long) batch * width;
    MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, Math.max(1, STEPS * step));
    rows.set(memory, 0, step, width);
  }
}
