package io.kioku.internal.backend;

import java.lang.foreign.MemorySegment;

/// The sizes and addresses of one run, of a layer in one direction or of a whole network. Mutable,
/// so that a session makes it once.
public final class LayerCall {
  /// T.
  public int steps;

  /// N.
  public int batch;

  /// The input, I floats a row; only read.
  public final Rows x = new Rows();

  /// The output, for each direction as many floats a row as its `h` has.
  public final Rows y = new Rows();

  /// What a layer reads beside `x`, [LayerSpec#sideWidth] floats a row; unused if that is 0.
  public final Rows side = new Rows();

  /// What the layer above reads beside `x`: rows with the layout of [#side], of which a layer
  /// writes its own states; unused if [LayerSpec#aboveWidth] is 0.
  public final Rows above = new Rows();

  /// Where a tracing runner writes the values of the equations; unused by all others.
  public final Rows trace = new Rows();

  /// Row n of the state begins at float `stateOffset + n * stateRow`: the states one after the
  /// other, `h` first. Read and overwritten.
  public MemorySegment state;

  public long stateOffset;
  public long stateRow;

  /// The float at which a stream's state begins.
  public long stateAt(int n) {
    return stateOffset + n * stateRow;
  }

  /// Turns time around.
  void reverse() {
    x.reverse(steps);
    y.reverse(steps);
    side.reverse(steps);
    above.reverse(steps);
    trace.reverse(steps);
  }

  /// Points a call at one row of another's batch.
  public void setRow(LayerCall batchCall, int n) {
    steps = batchCall.steps;
    batch = 1;
    x.setRow(batchCall.x, n);
    y.setRow(batchCall.y, n);
    state = batchCall.state;
    stateOffset = batchCall.stateAt(n);
    stateRow = batchCall.stateRow;
  }

  /// Points a call at one step of another.
  public void setStep(LayerCall run, int t) {
    steps = 1;
    batch = run.batch;
    x.setStep(run.x, t);
    y.setStep(run.y, t);
    side.setStep(run.side, t);
    above.setStep(run.above, t);
    trace.setStep(run.trace, t);
    state = run.state;
    stateOffset = run.stateOffset;
    stateRow = run.stateRow;
  }

  /// Lets go of the caller's memory, which is not ours to keep alive.
  public void release() {
    x.segment = null;
    y.segment = null;
    side.segment = null;
    above.segment = null;
    trace.segment = null;
  }
}
