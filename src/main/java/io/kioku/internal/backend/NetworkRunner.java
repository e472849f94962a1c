package io.kioku.internal.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Runs a network for one session: layer by layer, each direction after the other, or several at
/// the same time where threads allow and that is faster. The outputs of both directions lie side by
/// side, those of the last layer where the call says. One call at a time; after the first call of a
/// size it allocates nothing.
///
/// A batch whose rows differ in length, mask, clock or place is one call of each layer to backends
/// that [take any rows][LayerBackend#takesAnyRows]. For others it is copied: sorted by length, or,
/// if rows have clocks, sides or traces of their own, one row after the other.
public final class NetworkRunner implements AutoCloseable {
  private final PackedNetwork network;
  private final Buffer[] between; // what each layer but the last writes
  private final Sides sides;
  private final RaggedBatch ragged;
  private final LayerRunners runners;
  private final Joints joints;
  private final LayerCall[] calls; // of the layers that run at the same time
  private final Buffer[] pointers; // of each of those, where rows lie anywhere
  private final Rows input = new Rows();
  private final Rows output = new Rows();
  private final Rows target = new Rows(); // where a layer's output goes while it is turned around
  private Recorder recorder; // null while nothing is traced

  /// How layers are run.
  private enum Way {
    /// All rows run all steps.
    PLAIN,
    /// Plain calls of the rows that still run, of a sorted copy.
    SORTED,
    /// As the caller's rows lie, whatever steps each runs.
    ANY
  }

  /// @param arena the session's; all memory that the runner needs comes from it
  public NetworkRunner(PackedNetwork network, Arena arena) {
    this.network = network;
    this.sides = new Sides(network, arena);
    this.ragged = new RaggedBatch(arena);
    this.runners = new LayerRunners(network, arena);
    this.joints = new Joints(network, runners, arena);
    int count = network.size();
    this.between = new Buffer[network.layers() - 1];
    this.calls = new LayerCall[count];
    for (int i = 0; i < between.length; i++) {
      between[i] = new Buffer(arena);
    }
    this.pointers = new Buffer[count];
    for (int i = 0; i < count; i++) {
      calls[i] = new LayerCall();
      pointers[i] = new Buffer(arena);
    }
  }

  /// Records values of the equations in the runs that follow; null to stop.
  public void record(Recorder newRecorder) {
    recorder = newRecorder;
  }

  /// Runs all steps from the call's state to its state. Output of steps that do not run is zero.
  ///
  /// @param whole its rows of x are [PackedNetwork#inputWidth] wide, score included, its rows of
  ///   state [PackedNetwork#stateWidth]; time runs forwards in it
  public void run(LayerCall whole) {
    if (whole.steps == 0 || whole.batch == 0) {
      return;
    }
    boolean isComplete = false;
    try {
      if (recorder != null) {
        recorder.begin(whole.steps, whole.batch);
      }
      runAll(whole);
      isComplete = true;
    } finally {
      if (recorder != null) {
        recorder.end(isComplete);
      }
      for (LayerCall call : calls) {
        call.release();
      }
      input.segment = null;
      output.segment = null;
      target.segment = null;
    }
  }

  private void runAll(LayerCall whole) {
    if (whole.isPlain() && clocksAgree(whole)) {
      runLayers(whole, 0, Way.PLAIN);
    } else if (takesAnyRows(whole)) {
      runLayers(whole, 0, Way.ANY);
    } else if (network.isClocked() || network.hasSides() || isTraced()) {
      runRowByRow(whole);
    } else {
      LayerCall sorted = ragged.begin(whole, 0, whole.batch, network);
      if (sorted.steps > 0) {
        runLayers(sorted, 0, ragged.isUniform() ? Way.PLAIN : Way.SORTED);
      }
      ragged.end(whole);
    }
  }

  private boolean isTraced() {
    return recorder != null && recorder.wantsAny();
  }

  /// Whether all layers can be run on backends that need no plain calls.
  private boolean takesAnyRows(LayerCall whole) {
    for (int index = 0; index < network.size(); index++) {
      if (!network.planner(index).choose(whole.steps, whole.batch, true).takesAnyRows()) {
        return false;
      }
    }
    return true;
  }

  /// Whether all streams are at the same step of their periods, so that the same modules sleep.
  private boolean clocksAgree(LayerCall whole) {
    if (!network.isClocked()) {
      return true;
    }
    for (int index = 0; index < network.size(); index++) {
      LayerSpec spec = network.spec(index);
      long at = network.stateOffset(index);
      float first = spec.clock(whole.state, whole.stateAt(0) + at);
      for (int n = 1; n < whole.batch; n++) {
        if (spec.clock(whole.state, whole.stateAt(n) + at) != first) {
          return false;
        }
      }
    }
    return true;
  }

  /// One stream after the other, each as a batch of its own: what streams that have nothing in
  /// common but their weights come to where no backend takes any rows.
  private void runRowByRow(LayerCall whole) {
    for (int n = 0; n < whole.batch; n++) {
      LayerCall row = ragged.begin(whole, n, 1, network);
      if (row.steps > 0) {
        runLayers(row, n, Way.PLAIN);
      }
      ragged.end(whole);
      if (whole.mask != null && isTraced()) {
        spreadTraces(whole, n, row.steps);
      }
    }
  }

  /// Brings the values of a stream's steps, which lie one behind the other, to where these are
  /// among those that were skipped.
  private void spreadTraces(LayerCall whole, int n, int count) {
    for (int index = 0; index < network.size(); index++) {
      if (recorder.wants(index)) {
        Rows rows = recorder.rows(index);
        int from = count - 1;
        for (int t = whole.steps - 1; t >= 0; t--) { // the last first: all move to later steps
          if (whole.runs(t, n)) {
            Rows.copy(rows.segment, rows.at(from, n), rows.segment, rows.at(t, n), rows.row);
            from--;
          } else {
            Rows.clear(rows.segment, rows.at(t, n), rows.row);
          }
        }
      }
    }
  }

  /// @param firstRow the row of the whole batch that is the call's first
  private void runLayers(LayerCall whole, int firstRow, Way way) {
    output.set(whole.x);
    sides.begin(whole);
    int count = 1;
    for (int index = 0; index < network.size(); index += count) {
      JointRunner joint =
          way == Way.SORTED || recorder != null
              ? null
              : joints.find(index, whole.steps, whole.batch, way == Way.PLAIN);
      count = joint == null ? 1 : joints.count(index);
      for (int i = 0; i < count; i++) {
        place(calls[i], index + i, whole, joint != null && joints.isChain(index));
        placeTrace(calls[i], index + i, firstRow);
        boolean isBackward = network.isBackward(index + i);
        if (way == Way.ANY) {
          placeRows(calls[i], index + i, whole);
          calls[i].backwards = isBackward;
        } else if (isBackward && way == Way.PLAIN) {
          calls[i].reverse();
        }
      }
      if (joint != null) {
        joint.run(calls);
      } else if (way == Way.SORTED) {
        runSorted(calls[0], index);
      } else {
        runner(index, calls[0], way != Way.PLAIN).run(calls[0]);
      }
    }
  }

  /// Points a call at what a layer reads and writes in one direction.
  private void place(LayerCall call, int index, LayerCall whole, boolean isWave) {
    int direction = network.direction(index);
    if (direction == 0) {
      input.set(output);
      placeOutput(whole, network.layer(index), isWave);
    }
    call.steps = whole.steps;
    call.batch = whole.batch;
    call.state = whole.state;
    call.stateRow = whole.stateRow;
    call.stateOffset = whole.stateOffset + network.stateOffset(index);
    call.lengths = null;
    call.mask = null;
    call.pointers = null;
    call.backwards = false;
    call.x.set(input);
    call.y.set(output);
    call.y.offset += direction * yDirection(whole, index);
    sides.place(call, index);
  }

  /// The floats from a row of the first direction's output to that of the second.
  private long yDirection(LayerCall whole, int index) {
    boolean isLast = network.layer(index) == network.layers() - 1;
    return isLast && whole.yDirection != 0 ? whole.yDirection : network.spec(index).output();
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

  /// Says which steps each row of a layer runs, and where it lies if that may be anywhere: the
  /// lowest layer reads the caller's rows, the last one writes them.
  private void placeRows(LayerCall call, int index, LayerCall whole) {
    call.lengths = whole.lengths;
    call.mask = whole.mask;
    if (whole.pointers == null) {
      return;
    }
    int layer = network.layer(index);
    long direction = network.direction(index) * yDirection(whole, index);
    MemorySegment table = pointers[index].longs((long) whole.batch * LayerCall.POINTERS);
    for (int n = 0; n < whole.batch; n++) {
      long x = layer == 0 ? whole.xAt(0, n) : floatsAt(call.x, n);
      boolean isLast = layer == network.layers() - 1;
      long y = isLast ? whole.yAt(0, n) + direction : floatsAt(call.y, n);
      LayerCall.point(table, n, x, y, whole.stateAt(n) + network.stateOffset(index));
    }
    call.pointers = table;
  }

  /// The address of a row at time 0, in floats.
  private static long floatsAt(Rows rows, int n) {
    return rows.segment.address() / Float.BYTES + rows.at(0, n);
  }

  private void placeTrace(LayerCall call, int index, int firstRow) {
    if (recorder != null && recorder.wants(index)) {
      call.trace.setRow(recorder.rows(index), firstRow);
    }
  }

  /// Sequences lie sorted, the longest first. Whenever the shortest of those that still run has
  /// ended, the batch shrinks, so that each sequence's state stays as it is at its own end.
  private void runSorted(LayerCall call, int index) {
    LayerSpec spec = network.spec(index);
    boolean isBackward = network.isBackward(index);
    if (isBackward) {
      target.set(call.y);
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
    if (isBackward) {
      ragged.turnBack(target, spec.output());
    }
  }

  private LayerRunner runner(int index, LayerCall call, boolean isRagged) {
    LayerBackend backend = network.planner(index).choose(call.steps, call.batch, isRagged);
    return recorder != null && recorder.wants(index)
        ? runners.tracing(index, backend)
        : runners.of(index, backend);
  }

  @Override
  public void close() {
    runners.close();
  }
}
