package io.kioku.internal.backend;

import io.kioku.internal.ffi.Handles;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Runs a network for one session: layer by layer, each direction after the other, the outputs of
/// both side by side. One call at a time; after the first call of a size it allocates nothing.
public final class NetworkRunner implements AutoCloseable {
  private final PackedNetwork network;
  private final Arena arena;
  private final Buffer workspace;
  private final Buffer[] between;
  private final RaggedBatch ragged;
  private final List<Map<LayerBackend, LayerRunner>> runners = new ArrayList<>();
  private final Handles handles = new Handles();
  private final LayerCall call = new LayerCall();
  private final Rows input = new Rows();
  private final Rows output = new Rows();

  /// @param arena the session's; all memory that the runner needs comes from it
  public NetworkRunner(PackedNetwork network, Arena arena) {
    this.network = network;
    this.arena = arena;
    this.workspace = new Buffer(arena);
    this.between = new Buffer[] {new Buffer(arena), new Buffer(arena)};
    this.ragged = new RaggedBatch(arena);
    for (int i = 0; i < network.layers() * network.directions(); i++) {
      runners.add(new IdentityHashMap<>());
    }
  }

  /// Runs all steps from the call's state to its state. Time runs forwards in the call; a layer's
  /// second direction turns it around.
  ///
  /// @param lengths the length of each sequence, from 0 to T; null if all have T
  public void run(LayerCall whole, int[] lengths) {
    if (whole.steps == 0 || whole.batch == 0) {
      return;
    }
    try {
      runAll(whole, lengths);
    } finally {
      // The caller's memory is not ours to keep alive.
      call.x.segment = null;
      call.y.segment = null;
      input.segment = null;
      output.segment = null;
    }
  }

  private void runAll(LayerCall whole, int[] lengths) {
    if (lengths == null || allEqual(whole, lengths)) {
      runLayers(whole, false);
    } else {
      LayerCall sorted =
          ragged.begin(
              whole, lengths, network.inputWidth(), network.outputWidth(), network.stateWidth());
      runLayers(sorted, true);
      ragged.end(whole);
    }
  }

  private static boolean allEqual(LayerCall whole, int[] lengths) {
    for (int n = 0; n < whole.batch; n++) {
      if (lengths[n] != whole.steps) {
        return false;
      }
    }
    return true;
  }

  private void runLayers(LayerCall whole, boolean isRagged) {
    call.state = whole.state;
    call.stateRow = whole.stateRow;
    call.stateOffset = whole.stateOffset;
    input.set(whole.x);
    for (int layer = 0; layer < network.layers(); layer++) {
      LayerSpec spec = network.planner(layer).spec();
      if (layer == network.layers() - 1) {
        output.set(whole.y);
      } else {
        long width = (long) network.directions() * spec.hidden();
        long step = Math.multiplyExact(whole.batch, width);
        output.set(
            between[layer % 2].floats(Math.multiplyExact(whole.steps, step)), 0, step, width);
      }
      for (int direction = 0; direction < network.directions(); direction++) {
        call.steps = whole.steps;
        call.batch = whole.batch;
        call.x.set(input);
        call.y.set(output);
        call.y.offset += (long) direction * spec.hidden();
        int index = layer * network.directions() + direction;
        if (isRagged) {
          runRagged(index, spec, direction == 1);
        } else {
          if (direction == 1) {
            call.x.reverse(call.steps);
            call.y.reverse(call.steps);
          }
          runner(index, false).run(call);
        }
        call.stateOffset += spec.stateWidth();
      }
      if (isRagged) {
        ragged.clearPadding(output, (long) network.directions() * spec.hidden());
      }
      input.set(output);
    }
  }

  /// Sequences lie sorted, the longest first. Whenever the shortest of those that still run has
  /// ended, the batch shrinks, so that each sequence's state stays as it is at its own end.
  private void runRagged(int index, LayerSpec spec, boolean backwards) {
    if (backwards) {
      ragged.turn(call, spec.input(), spec.hidden());
    }
    long x = call.x.offset;
    long y = call.y.offset;
    int t = 0;
    while (ragged.active(t) > 0) {
      int end = ragged.segmentEnd(t);
      call.batch = ragged.active(t);
      call.steps = end - t;
      call.x.offset = x + t * call.x.step;
      call.y.offset = y + t * call.y.step;
      runner(index, true).run(call);
      t = end;
    }
    if (backwards) {
      ragged.turnBack(output, spec.hidden());
    }
  }

  private LayerRunner runner(int index, boolean isRagged) {
    LayerBackend backend =
        network.planner(index / network.directions()).choose(call.batch, isRagged);
    LayerRunner runner = runners.get(index).get(backend);
    if (runner == null) {
      runner = network.layer(index, backend).newRunner(arena, workspace);
      handles.onClose(runner::close);
      runners.get(index).put(backend, runner);
    }
    return runner;
  }

  @Override
  public void close() {
    handles.close();
  }
}
