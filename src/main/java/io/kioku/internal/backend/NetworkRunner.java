package io.kioku.internal.backend;

import io.kioku.internal.ffi.Handles;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs a network for one session: layer by layer, each direction after the other, or several at
/// the same time where threads allow and that is faster. The outputs of both directions lie side by
/// side. One call at a time; after the first call of a size it allocates nothing.
public final class NetworkRunner implements AutoCloseable {
  private final PackedNetwork network;
  private final Arena arena;
  private final Buffer workspace;
  private final Buffer[] between; // what each layer but the last writes
  private final Sides sides;
  private final RaggedBatch ragged;
  private final List<Runners> runners = new ArrayList<>();
  private final List<Runners> tracers = new ArrayList<>();
  private final Handles handles = new Handles();
  private final Joints joints;
  private final LayerCall[] calls; // of the layers that run at the same time
  private final LayerCall row = new LayerCall();
  private final Rows input = new Rows();
  private final Rows output = new Rows();
  private long stateOffset;
  private Recorder recorder; // null while nothing is traced

  /// The runners made for a layer in one direction; the one that ran last is found at once.
  private static final class Runners {
    private final Map<LayerBackend, LayerRunner> made = new HashMap<>();
    private LayerBackend lastBackend;
    private LayerRunner last;

    /// A backend's; null if it is not made yet.
    LayerRunner of(LayerBackend backend) {
      if (!backend.equals(lastBackend)) {
        last = made.get(backend);
        lastBackend = backend;
      }
      return last;
    }

    void add(LayerBackend backend, LayerRunner runner) {
      made.put(backend, runner);
      lastBackend = backend;
      last = runner;
    }
  }

  /// @param arena the session's; all memory that the runner needs comes from it
  public NetworkRunner(PackedNetwork network, Arena arena) {
    this.network = network;
    this.arena = arena;
    this.workspace = new Buffer(arena);
    this.sides = new Sides(network, arena);
    this.ragged = new RaggedBatch(arena);
    this.joints = new Joints(network, this::runner, arena);
    int count = network.layers() * network.directions();
    this.between = new Buffer[network.layers() - 1];
    this.calls = new LayerCall[count];
    Arrays.setAll(between, i -> new Buffer(arena));
    Arrays.setAll(calls, i -> new LayerCall());
    for (int i = 0; i < count; i++) {
      runners.add(new Runners());
      tracers.add(new Runners());
    }
  }

  /// Records values of the equations in the runs that follow; null to stop.
  public void record(Recorder newRecorder) {
    recorder = newRecorder;
  }

  /// Runs all steps from the call's state to its state. Time runs forwards in the call; a layer's
  /// second direction turns it around.
  ///
  /// @param whole its rows of x are [PackedNetwork#inputWidth] wide, score included
  /// @param lengths the length of each sequence, from 0 to T; null if all have T
  public void run(LayerCall whole, int[] lengths) {
    if (whole.steps == 0 || whole.batch == 0) {
      return;
    }
    boolean isComplete = false;
    try {
      if (recorder != null) {
        recorder.begin(whole.steps, whole.batch);
      }
      runAll(whole, lengths);
      isComplete = true;
    } finally {
      if (recorder != null) {
        recorder.end(isComplete);
      }
      for (LayerCall call : calls) {
        call.release();
      }
      row.release();
      input.segment = null;
      output.segment = null;
    }
  }

  private void runAll(LayerCall whole, int[] lengths) {
    boolean isRagged = lengths != null && !allEqual(whole, lengths);
    boolean isAlone =
        network.isClocked()
            ? isRagged || !clocksAgree(whole)
            : isRagged && (network.hasSides() || (recorder != null && recorder.wantsAny()));
    if (isAlone) {
      runRowByRow(whole, lengths);
    } else if (isRagged) {
      LayerCall sorted =
          ragged.begin(
              whole, lengths, network.inputWidth(), network.outputWidth(), network.stateWidth());
      runLayers(sorted, 0, true);
      ragged.end(whole);
    } else {
      runLayers(whole, 0, false);
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

  /// Whether all streams are at the same step of their periods, so that the same modules sleep.
  private boolean clocksAgree(LayerCall whole) {
    long at = 0;
    for (int index = 0; index < runners.size(); index++) {
      LayerSpec spec = network.planner(index).spec();
      float first = spec.clock(whole.state, whole.stateAt(0) + at);
      for (int n = 1; n < whole.batch; n++) {
        if (spec.clock(whole.state, whole.stateAt(n) + at) != first) {
          return false;
        }
      }
      at += spec.stateWidth();
    }
    return true;
  }

  /// One stream after the other, each as a batch of its own: what streams that have nothing in
  /// common but their weights come to.
  private void runRowByRow(LayerCall whole, int[] lengths) {
    for (int n = 0; n < whole.batch; n++) {
      row.setRow(whole, n);
      row.steps = lengths == null ? whole.steps : lengths[n];
      if (row.steps > 0) {
        runLayers(row, n, false);
      }
      Rows.clear(row.y, row.steps, whole.steps, 0, network.outputWidth());
    }
  }

  /// @param firstRow the row of the whole batch that is the call's first
  private void runLayers(LayerCall whole, int firstRow, boolean isRagged) {
    stateOffset = whole.stateOffset;
    output.set(whole.x);
    sides.begin(whole);
    int count = 1;
    for (int index = 0; index < runners.size(); index += count) {
      JointRunner joint =
          isRagged || recorder != null ? null : joints.find(index, whole.steps, whole.batch);
      count = joint == null ? 1 : joints.count(index);
      for (int i = 0; i < count; i++) {
        place(calls[i], index + i, whole, joint != null && network.directions() == 1);
        placeTrace(calls[i], index + i, firstRow);
        if (direction(index + i) == 1 && !isRagged) {
          calls[i].reverse();
        }
      }
      if (joint != null) {
        joint.run(calls);
      } else if (isRagged) {
        runRagged(calls[0], index);
      } else {
        runner(index, calls[0], false).run(calls[0]);
      }
    }
  }

  /// Points a call at what a layer reads and writes in one direction.
  private void place(LayerCall call, int index, LayerCall whole, boolean isWave) {
    int layer = layer(index);
    int direction = direction(index);
    if (direction == 0) {
      input.set(output);
      placeOutput(whole, layer, isWave);
    }
    LayerSpec spec = network.planner(index).spec();
    call.steps = whole.steps;
    call.batch = whole.batch;
    call.state = whole.state;
    call.stateRow = whole.stateRow;
    call.stateOffset = stateOffset;
    stateOffset += spec.stateWidth();
    call.x.set(input);
    call.y.set(output);
    call.y.offset += (long) direction * spec.output();
    sides.place(call, layer, direction);
  }

  /// Two buffers are enough for layers that run one after the other.
  private void placeOutput(LayerCall whole, int layer, boolean isWave) {
    if (layer == network.layers() - 1) {
      output.set(whole.y);
    } else {
      long width = network.width(layer);
      long step = Math.multiplyExact(whole.batch, width);
      Buffer buffer = between[isWave ? layer : layer % 2];
      output.set(buffer.floats(Math.multiplyExact(whole.steps, step)), 0, step, width);
    }
  }

  private void placeTrace(LayerCall call, int index, int firstRow) {
    if (recorder != null && recorder.wants(index)) {
      call.trace.setRow(recorder.rows(index), firstRow);
    }
  }

  /// Sequences lie sorted, the longest first. Whenever the shortest of those that still run has
  /// ended, the batch shrinks, so that each sequence's state stays as it is at its own end.
  private void runRagged(LayerCall call, int index) {
    LayerSpec spec = network.planner(index).spec();
    boolean backwards = direction(index) == 1;
    if (backwards) {
      ragged.turn(call, spec.input(), spec.output());
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
      runner(index, call, true).run(call);
      t = end;
    }
    if (backwards) {
      ragged.turnBack(output, spec.output());
    }
    if (direction(index) == network.directions() - 1) {
      ragged.clearPadding(output, network.width(layer(index)));
    }
  }

  private LayerRunner runner(int index, LayerCall call, boolean isRagged) {
    return runner(index, network.planner(index).choose(call.steps, call.batch, isRagged));
  }

  private LayerRunner runner(int index, LayerBackend backend) {
    boolean isTraced = recorder != null && recorder.wants(index);
    Runners made = (isTraced ? tracers : runners).get(index);
    LayerRunner runner = made.of(backend);
    if (runner == null) {
      PackedLayer layer = isTraced ? network.traced(index, backend) : network.layer(index, backend);
      runner = layer.newRunner(arena, workspace);
      handles.onClose(runner::close);
      made.add(backend, runner);
    }
    return runner;
  }

  private int layer(int index) {
    return index / network.directions();
  }

  private int direction(int index) {
    return index % network.directions();
  }

  @Override
  public void close() {
    handles.close();
  }
}
