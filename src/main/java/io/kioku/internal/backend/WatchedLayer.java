package io.kioku.internal.backend;

import java.lang.foreign.Arena;

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
    private final LayerCall step = new LayerCall();

    Runner(Arena arena, LayerRunner runner, LayerRunner watcherRunner) {
      this.runner = runner;
      this.watcherRunner = watcherRunner;
      this.state = new Buffer(arena);
    }

    @Override
    public void run(LayerCall call) {
      for (int t = 0; t < call.steps; t++) {
        step.setStep(call, t);
        step.state = state.floats((long) call.batch * spec.stateWidth());
        step.stateOffset = 0;
        step.stateRow = spec.stateWidth();
        for (int n = 0; n < call.batch; n++) {
          Rows.copy(call.state, call.stateAt(n), step.state, step.stateAt(n), spec.stateWidth());
        }
        watcherRunner.run(step);
        step.setStep(call, t);
        runner.run(step);
        showStates(call, t);
      }
      step.release();
    }

    private void showStates(LayerCall call, int t) {
      for (String name : spec.cell().states()) {
        Integer offset = layout.offsets().get(name + "'");
        for (int n = 0; offset != null && n < call.batch; n++) {
          long from = call.stateAt(n) + spec.stateOffset(name);
          long to = call.trace.at(t, n) + offset;
          Rows.copy(call.state, from, call.trace.segment, to, layout.size(name + "'"));
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
