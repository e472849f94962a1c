package io.kioku.internal.backend;

import io.kioku.internal.ffi.Pinned;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The sizes and addresses of one run, of a layer in one direction or of a whole network. Mutable,
/// so that a session makes it once.
///
/// A plain call runs all T steps of N rows that lie at fixed distances. The fields [#lengths],
/// [#mask], [#pointers] and [#backwards] make a call that is not plain, and so do rows whose clocks
/// differ ([LayerSpec#clock]: each row's is in its state, and counts the steps that the row ran).
/// Only backends with [LayerBackend#takesAnyRows] see such calls. Row n runs step t if [#runs] says
/// so. Where it does not:
///
/// - its state stays as it is, its clock included;
/// - `x` and the side may hold anything, NaN included, which must not reach any other step or row;
/// - the backend writes zeros to `y`, of this layer and direction;
/// - what it leaves in `above` is not read, and the trace is zero beforehand and must stay so.
public final class LayerCall {
  /// Addresses of each row in [#pointers]: of its `x`, `y` and state.
  public static final int POINTERS = 3;

  /// T.
  public int steps;

  /// N.
  public int batch;

  /// The input, I floats a row; only read.
  public final Rows x = new Rows();

  /// The output, for each direction as many floats a row as its `h` has.
  public final Rows y = new Rows();

  /// Of a whole network: the floats from a row of the output's first direction to that of its
  /// second; 0 if both lie side by side.
  public long yDirection;

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

  /// How many steps of each row there are, 0 to T, counted from time 0; null if all have T. May be
  /// longer than N.
  public int[] lengths;

  /// (T, N) bytes in native memory, row-major, by the time of `x`: 0 where row n skips step t, any
  /// other value where it runs; null if none is skipped.
  public MemorySegment mask;

  /// Whether each row runs from its own end to time 0: row n's step s is at time `lengths[n] - 1 -
  /// s` of `x`, `y`, side, above, trace and mask. Plain calls run backwards by a negative
  /// [Rows#step] instead.
  public boolean backwards;

  /// (N, 3) addresses in native memory: the first float of row n's `x` at time 0, of its `y` at
  /// time 0, and of its state; null if [#x], [#y] and [#state] say where rows lie. Of those, only
  /// the steps of `x` and `y` hold then, the floats from one step to the next. Each row has room
  /// for all T steps, whatever its length. Whoever makes the call keeps all of that memory alive
  /// and has checked its sizes; no two rows' `y` or states overlap.
  public MemorySegment pointers;

  /// Whether row n runs the step at time t of `x`.
  public boolean runs(int t, int n) {
    return (lengths == null || t < lengths[n])
        && (mask == null || mask.get(ValueLayout.JAVA_BYTE, (long) t * batch + n) != 0);
  }

  /// Whether all rows run all steps, at fixed distances. Their clocks may differ all the same.
  public boolean isPlain() {
    return lengths == null && mask == null && pointers == null && !backwards;
  }

  /// The memory in which [#xAt] counts.
  public MemorySegment xMemory() {
    return pointers == null ? x.segment : Pinned.MEMORY;
  }

  /// The float at which row n's input of a step begins.
  public long xAt(int t, int n) {
    return pointers == null ? x.at(t, n) : pointer(n, 0) + t * x.step;
  }

  /// The memory in which [#yAt] counts.
  public MemorySegment yMemory() {
    return pointers == null ? y.segment : Pinned.MEMORY;
  }

  /// The float at which row n's output of a step begins.
  public long yAt(int t, int n) {
    return pointers == null ? y.at(t, n) : pointer(n, 1) + t * y.step;
  }

  /// The memory in which [#stateAt] counts.
  public MemorySegment stateMemory() {
    return pointers == null ? state : Pinned.MEMORY;
  }

  /// The float at which a stream's state begins.
  public long stateAt(int n) {
    return pointers == null ? stateOffset + n * stateRow : pointer(n, 2);
  }

  /// Sets the addresses of row n in a table for [#pointers], given in floats: each is an address
  /// divided by 4.
  public static void point(MemorySegment table, int n, long x, long y, long state) {
    long at = (long) POINTERS * n;
    table.setAtIndex(ValueLayout.JAVA_LONG, at, x * Float.BYTES);
    table.setAtIndex(ValueLayout.JAVA_LONG, at + 1, y * Float.BYTES);
    table.setAtIndex(ValueLayout.JAVA_LONG, at + 2, state * Float.BYTES);
  }

  private long pointer(int n, int of) {
    return pointers.getAtIndex(ValueLayout.JAVA_LONG, (long) POINTERS * n + of) / Float.BYTES;
  }

  /// Turns time around.
  void reverse() {
    x.reverse(steps);
    y.reverse(steps);
    side.reverse(steps);
    above.reverse(steps);
    trace.reverse(steps);
  }

  /// Points a call at the step of another that lies at a time, as if all its rows ran it at fixed
  /// distances.
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
    lengths = null;
    mask = null;
    pointers = null;
    backwards = false;
  }

  /// Lets go of the caller's memory, which is not ours to keep alive.
  public void release() {
    x.segment = null;
    y.segment = null;
    side.segment = null;
    above.segment = null;
    trace.segment = null;
    mask = null;
    pointers = null;
  }
}
