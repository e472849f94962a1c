package io.kioku.internal.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/// A layer that one backend computes step by step while another tells what is inside a step: the
/// kernels of the first show no gates. Before each step the gates are computed from the state that
/// the first left, on a copy; the states in the trace are its own.
public final class WatchedLayer implements PackedLayer {
  private final LayerSpec spec;
  private final TraceLayout layout;
  private final PackedLayer layer;
  private final PackedLayer watcher;

  /// @param layer computes
  /// @param watcher writes the values of the equations
  public WatchedLayer(LayerSpec spec, PackedLayer layer, PackedLayer watcher) {
    this.spec = spec;
    this.layout = new TraceLayout(spec);
    this.layer = layer;
    this.watcher = watcher;
  }

  @Override
  public LayerRunner newRunner(Arena arena, Buffer workspace) {
    return new Runner(
        arena, layer.newRunner(arena, workspace), watcher.newRunner(arena, workspace));
  }

  @Override
  public void close() {
    try {
      watcher.close();
    } finally {
      layer.close();
    }
  }

  private final class Runner implements LayerRunner {
    private final LayerRunner runner;
    private final LayerRunner watcherRunner;
    private final Buffer state;
    private final Buffer mask;
    private final Buffer pointers;
    private final LayerCall step = new LayerCall();

    Runner(Arena arena, LayerRunner runner, LayerRunner watcherRunner) {
      this.runner = runner;
      this.watcherRunner = watcherRunner;
      this.state = new Buffer(arena);
      this.mask = new Buffer(arena);
      this.pointers = new Buffer(arena);
    }

    /// In the order of time, in which a row that begins at its own end only waits for it.
    @Override
    public void run(LayerCall call) {
      for (int s = 0; s < call.steps; s++) {
        int t = call.backwards ? call.steps - 1 - s : s;
        watch(call, t);
        place(call, t);
        runner.run(step);
        showStates(call, t);
      }
      step.release();
    }

    private void watch(LayerCall call, int t) {
      place(call, t);
      step.state = state.floats((long) call.batch * spec.stateWidth());
      step.stateOffset = 0;
      step.stateRow = spec.stateWidth();
      for (int n = 0; n < call.batch; n++) {
        long copy = n * step.stateRow;
        Rows.copy(call.stateMemory(), call.stateAt(n), step.state, copy, spec.stateWidth());
        if (step.pointers != null) {
          long address = step.state.address() / Float.BYTES + copy;
          LayerCall.point(step.pointers, n, call.xAt(t, n), call.yAt(t, n), address);
        }
      }
      watcherRunner.run(step);
    }

    private void place(LayerCall call, int t) {
      step.setStep(call, t);
      if (call.lengths != null || call.mask != null) {
        step.mask = mask.bytes(call.batch);
        for (int n = 0; n < call.batch; n++) {
          step.mask.set(ValueLayout.JAVA_BYTE, n, (byte) (call.runs(t, n) ? 1 : 0));
        }
      }
      if (call.pointers != null) {
        step.pointers = pointers.longs((long) call.batch * LayerCall.POINTERS);
        for (int n = 0; n < call.batch; n++) {
          LayerCall.point(step.pointers, n, call.xAt(t, n), call.yAt(t, n), call.stateAt(n));
        }
      }
    }

    private void showStates(LayerCall call, int t) {
      for (String name : spec.cell().states()) {
        Integer offset = layout.offsets().get(name + "'");
        for (int n = 0; offset != null && n < call.batch; n++) {
          if (call.runs(t, n)) {
            long from = call.stateAt(n) + spec.stateOffset(name);
            long to = call.trace.at(t, n) + offset;
            Rows.copy(call.stateMemory(), from, call.trace.segment, to, layout.size(name + "'"));
          }
        }
      }
    }

    @Override
    public void close() {
      try {
        watcherRunner.close();
      } finally {
        runner.close();
      }
    }
  }
}
