package io.kioku;

import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerCall;
import io.kioku.internal.backend.NetworkRunner;
import io.kioku.internal.backend.PackedNetwork;
import io.kioku.internal.backend.Rows;
import io.kioku.internal.lifetime.Exclusive;
import io.kioku.internal.lifetime.Lifetime;
import io.kioku.internal.memory.Segments;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Runs a model on a batch of N streams, one run at a time, and keeps their state between runs.
///
///     session.run(x, y);            // x (T, N, I) -> y (T, N, D·H), from the state to the state after the last step
///     session.step(x1, y1);         // one step: x (N, I) -> y (N, D·H)
///     session.state().clear();      // begin anew
///
/// D is the number of directions of the last layer, H its units. Where a cell takes a score, each row of `x` has I + 1
/// values, the score last, and where it projects its output, P stands for H. Batch-first networks take and give (N, T, ·). T may change from run to run; it follows
/// from the size of `x`. Segments must be native and hold nothing but the values; they are read and written in place.
/// Arrays are copied. A direction that runs backwards begins at its own kept state too; clear the state between
/// sequences that have nothing to do with each other.
///
/// A session may move between threads, but serves one caller at a time; a second one gets an
/// [IllegalStateException]. Runs allocate nothing on the Java heap once the session has seen a size. If a run fails, the
/// state is undefined until it is cleared or restored.
public final class Session implements AutoCloseable {
  private final Network network;
  private final int inputWidth;
  private final int outputSize;
  private final RunSizes sizes;
  private final Arena arena = Arena.ofShared();
  private final Lifetime lifetime;
  private final Exclusive guard = new Exclusive("session");
  private final NetworkRunner runner;
  private final State state;
  private final Buffer arrayInput;
  private final Buffer arrayOutput;
  private final StepMask stepMask;
  private final LayerCall call = new LayerCall();
  private Trace trace; // null while nothing is recorded

  Session(Network network, PackedNetwork packed, Lifetime model, int batch) {
    this.network = network;
    this.inputWidth = network.inputWidth();
    this.outputSize = network.outputSize();
    this.sizes = new RunSizes(inputWidth, outputSize);
    this.runner = new NetworkRunner(packed, arena);
    this.arrayInput = new Buffer(arena);
    this.arrayOutput = new Buffer(arena);
    this.stepMask = new StepMask(arena);
    this.lifetime = new Lifetime("session", model, this::free);
    try {
      this.state = new State(network, batch, arena, guard);
    } catch (RuntimeException | OutOfMemoryError e) {
      lifetime.close();
      throw e;
    }
  }

  private void free() {
    try {
      runner.close();
    } finally {
      arena.close();
    }
  }

  /// N, the streams that run side by side.
  public int batch() {
    return state.batch();
  }

  /// Changes the number of streams: the first ones stay, new ones begin at zero.
  ///
  /// @param batch N, at least 1
  public void resize(int batch) {
    Checks.positive("batch", batch);
    enter();
    try {
      state.resize(batch);
    } finally {
      guard.exit();
    }
  }

  /// The streams' state; changed by each run.
  public State state() {
    return state;
  }

  /// Runs T steps of every stream, from its state to its state. Copies nothing.
  ///
  /// @param x (T, N, I) float32, or (N, T, I) if batch-first
  /// @param y (T, N, D·H), or (N, T, D·H); may not overlap x
  /// @throws IllegalArgumentException if a segment's size, alignment or kind is wrong
  /// @throws IllegalStateException if the session, its model or a segment is closed, or another
  ///   thread uses the session
  public void run(MemorySegment x, MemorySegment y) {
    run(x, y, null);
  }

  /// Runs sequences of different lengths, with the meaning of PyTorch's packed sequences: each
  /// state stops at its own sequence's end, output past the end is zero, a backward direction
  /// begins at each sequence's own end.
  ///
  /// @param lengths one for each stream, from 0 to T; null if all have T
  public void run(MemorySegment x, MemorySegment y, int[] lengths) {
    enter();
    try {
      int steps = steps(x, y);
      runNative(x, y, steps, sizes.lengths(lengths, steps, batch()), null);
    } finally {
      guard.exit();
    }
  }

  /// Runs the steps that a mask leaves, in both directions of time: at a step that is skipped, a
  /// stream keeps its state, clock included, and its output is zero; what `x` holds there has no
  /// effect, even NaN. Steps may be skipped anywhere; where only ends are, that is what lengths
  /// say.
  ///
  /// @param mask (T, N) bytes, or (N, T) if batch-first, in the order of x without its features: 0
  ///   where a stream skips a step, any other value where it runs it. Native or of an array
  /// @throws IllegalArgumentException if a segment's size, alignment or kind is wrong
  public void runMasked(MemorySegment x, MemorySegment y, MemorySegment mask) {
    Segments.readable("mask", mask);
    enter();
    try {
      int steps = steps(x, y);
      stepMask.take(mask, steps, batch(), network.isBatchFirst());
      runNative(x, y, steps, stepMask.lengths(), stepMask.gaps());
    } finally {
      guard.exit();
    }
  }

  /// The same with arrays, which are copied.
  ///
  /// @param x (T, N, I), or (N, T, I) if batch-first, row-major
  /// @param y (T, N, D·H), or (N, T, D·H)
  public void run(float[] x, float[] y) {
    run(x, y, null);
  }

  /// The same with arrays and lengths.
  public void run(float[] x, float[] y, int[] lengths) {
    enter();
    try {
      int steps = steps(x, y);
      runArrays(x, y, steps, sizes.lengths(lengths, steps, batch()), null);
    } finally {
      guard.exit();
    }
  }

  /// The same with arrays and a mask.
  ///
  /// @param mask (T, N), or (N, T) if batch-first: true where a stream runs a step, false where it
  ///   skips it
  public void runMasked(float[] x, float[] y, boolean[] mask) {
    Objects.requireNonNull(mask, "mask");
    enter();
    try {
      int steps = steps(x, y);
      stepMask.take(mask, steps, batch(), network.isBatchFirst());
      runArrays(x, y, steps, stepMask.lengths(), stepMask.gaps());
    } finally {
      guard.exit();
    }
  }

  /// Runs T steps and returns the output in a new array.
  public float[] run(float[] x) {
    long width = Math.multiplyExact((long) batch(), (long) inputWidth);
    float[] y = new float[Math.toIntExact(x.length / width * batch() * outputSize)];
    run(x, y, null);
    return y;
  }

  /// Runs one step of every stream.
  ///
  /// @param x (N, I)
  /// @param y (N, D·H)
  public void step(MemorySegment x, MemorySegment y) {
    Objects.requireNonNull(x, "x");
    sizes.checkStep(x.byteSize() / Float.BYTES, batch());
    run(x, y, null);
  }

  /// Runs one step with arrays, which are copied.
  public void step(float[] x, float[] y) {
    Objects.requireNonNull(x, "x");
    sizes.checkStep(x.length, batch());
    run(x, y, null);
  }

  /// Records the values of all equations in the runs that follow, for all layers and steps. Close
  /// the trace to end that; a second one ends the first.
  ///
  /// @throws IllegalStateException if the session is closed or in use
  public Trace trace() {
    return trace(
        IntStream.range(0, network.layers()).boxed().collect(Collectors.toSet()),
        0,
        Long.MAX_VALUE);
  }

  /// Records the values of all equations of some layers and steps.
  ///
  /// @param layers from 0
  /// @param from the first step to record; 0 is the next that is run
  /// @param to the step after the last
  /// @throws IllegalArgumentException if the steps are none or negative, or the layers none
  /// @throws IndexOutOfBoundsException if there is no such layer
  /// @throws IllegalStateException if the session is closed or in use
  public Trace trace(Set<Integer> layers, long from, long to) {
    layers.forEach(layer -> Checks.index("layer", layer, network.layers()));
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("no layers, expected at least one to trace");
    }
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException(
          "steps %d to %d, expected at least one, from 0 up".formatted(from, to));
    }
    enter();
    try {
      trace = new Trace(network, this, layers, from, to);
      runner.record(trace.recorder());
      return trace;
    } finally {
      guard.exit();
    }
  }

  void endTrace(Trace ended) {
    guard.run(() -> {
      if (trace == ended) {
        trace = null;
        runner.record(null);
      }
    });
  }

  /// Ends the use of this session and frees its memory. May be called twice.
  ///
  /// @throws IllegalStateException if the session is running
  @Override
  public void close() {
    guard.run(lifetime::close);
  }

  private void enter() {
    guard.enter();
    try {
      lifetime.checkOpen();
    } catch (RuntimeException e) {
      guard.exit();
      throw e;
    }
  }

  /// T, if x and y hold as many steps, in memory that native code may use.
  private int steps(MemorySegment x, MemorySegment y) {
    Segments.nativeFloats("x", x);
    Segments.writableNativeFloats("y", y);
    int steps = sizes.steps(x.byteSize() / Float.BYTES, batch());
    sizes.checkOutput(y.byteSize() / Float.BYTES, steps, batch());
    Checks.disjoint(x, y);
    return steps;
  }

  private int steps(float[] x, float[] y) {
    Objects.requireNonNull(x, "x");
    Objects.requireNonNull(y, "y");
    int steps = sizes.steps(x.length, batch());
    sizes.checkOutput(y.length, steps, batch());
    return steps;
  }

  private void runArrays(float[] x, float[] y, int steps, int[] lengths, MemorySegment mask) {
    MemorySegment input = arrayInput.floats(Math.max(1, x.length));
    MemorySegment output = arrayOutput.floats(Math.max(1, y.length));
    MemorySegment.copy(x, 0, input, ValueLayout.JAVA_FLOAT, 0, x.length);
    runNative(input, output, steps, lengths, mask);
    MemorySegment.copy(output, ValueLayout.JAVA_FLOAT, 0, y, 0, y.length);
  }

  private void runNative(
      MemorySegment x, MemorySegment y, int steps, int[] lengths, MemorySegment mask) {
    sizes.checkStrides(steps, batch());
    call.steps = steps;
    call.batch = batch();
    place(call.x, x, steps, inputWidth);
    place(call.y, y, steps, outputSize);
    call.state = state.memory();
    call.stateOffset = 0;
    call.stateRow = state.width();
    call.lengths = lengths;
    call.mask = mask;
    try {
      runner.run(call);
    } finally {
      call.x.segment = null; // the caller's memory is not ours to keep alive
      call.y.segment = null;
    }
  }

  private void place(Rows rows, MemorySegment segment, int steps, int width) {
    if (network.isBatchFirst()) {
      rows.set(segment, 0, width, (long) steps * width);
    } else {
      rows.set(segment, 0, (long) batch() * width, width);
    }
  }
}
