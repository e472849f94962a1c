package io.kioku.onnx;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.internal.lifetime.Exclusive;
import io.kioku.internal.lifetime.Lifetime;
import io.kioku.internal.onnx.graph.Floats16;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.plan.Execution;
import io.kioku.internal.onnx.plan.ModelFailure;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// Runs a model: one run at a time. Inputs and outputs have the file's names.
///
///     session.set("input", samples, 1, 512);       // copied
///     session.run();
///     float[] y = session.floats("output");        // copied
///
/// Without copies, and without allocation in the steady state:
///
///     MemorySegment x = session.input("input", 1, 512);   // once; stays valid while the shape does
///     session.run();                                      // reads x
///     MemorySegment y = session.output("output");         // after each run: it may have moved
///
/// A session may move between threads, but serves one caller at a time; a second one gets an
/// [IllegalStateException]. After a run has failed its outputs are undefined; the next run is as any other.
public final class OnnxSession implements AutoCloseable {
  private final OnnxModel model;
  private final Arena arena = Arena.ofShared();
  private final Lifetime lifetime;
  private final Exclusive guard = new Exclusive("session");
  private final Execution execution;
  private final boolean[] given;
  private final MemorySegment[] shown; // outputs as the caller has seen them
  private final StreamBatch batch;
  private boolean ran;

  OnnxSession(OnnxModel model, Lifetime parent) {
    this.model = model;
    this.given = new boolean[model.inputInfos().size()];
    this.shown = new MemorySegment[model.outputInfos().size()];
    this.execution = model.execution(arena);
    this.batch = new StreamBatch(model, execution);
    this.lifetime = new Lifetime("session", parent, this::free);
  }

  private void free() {
    try {
      execution.close();
    } finally {
      arena.close();
    }
  }

  /// Gives an input a shape, and returns its memory to be filled: float32 for 16-bit floats, else
  /// as the file's type says, row-major. The memory stays valid until the input gets another shape.
  ///
  /// @throws IllegalArgumentException if there is no such input, or the shape is not what it
  ///   declares
  public MemorySegment input(String name, long... shape) {
    enter();
    try {
      return resize(name, null, shape).data();
    } finally {
      guard.exit();
    }
  }

  /// Sets a float input, or one of 16-bit floats, which are computed in float32.
  ///
  /// @throws IllegalArgumentException if there is no such input, or type or shape are not what it
  ///   declares
  public void set(String name, float[] values, long... shape) {
    set(
        name,
        MemorySegment.ofArray(values),
        values.length,
        shape,
        ElementType.FLOAT,
        ElementType.FLOAT16,
        ElementType.BFLOAT16);
  }

  /// Sets a float64 input.
  ///
  /// @throws IllegalArgumentException if there is no such input, or type or shape are not what it
  ///   declares
  public void set(String name, double[] values, long... shape) {
    set(name, MemorySegment.ofArray(values), values.length, shape, ElementType.DOUBLE);
  }

  /// Sets an int64 input, or one of uint64 with the same bits.
  ///
  /// @throws IllegalArgumentException if there is no such input, or type or shape are not what it
  ///   declares
  public void set(String name, long[] values, long... shape) {
    set(
        name,
        MemorySegment.ofArray(values),
        values.length,
        shape,
        ElementType.INT64,
        ElementType.UINT64);
  }

  /// Sets an int32 input, such as `sequence_lens`, or one of uint32 with the same bits.
  ///
  /// @throws IllegalArgumentException if there is no such input, or type or shape are not what it
  ///   declares
  public void set(String name, int[] values, long... shape) {
    set(
        name,
        MemorySegment.ofArray(values),
        values.length,
        shape,
        ElementType.INT32,
        ElementType.UINT32);
  }

  /// Sets an int16 input, or one of uint16 with the same bits.
  ///
  /// @throws IllegalArgumentException if there is no such input, or type or shape are not what it
  ///   declares
  public void set(String name, short[] values, long... shape) {
    set(
        name,
        MemorySegment.ofArray(values),
        values.length,
        shape,
        ElementType.INT16,
        ElementType.UINT16);
  }

  /// Sets an int8 input, or one of uint8 with the same bits.
  ///
  /// @throws IllegalArgumentException if there is no such input, or type or shape are not what it
  ///   declares
  public void set(String name, byte[] values, long... shape) {
    set(
        name,
        MemorySegment.ofArray(values),
        values.length,
        shape,
        ElementType.INT8,
        ElementType.UINT8);
  }

  /// Sets a Boolean input.
  ///
  /// @throws IllegalArgumentException if there is no such input, or type or shape are not what it
  ///   declares
  public void set(String name, boolean[] values, long... shape) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    set(name, MemorySegment.ofArray(bytes), values.length, shape, ElementType.BOOL);
  }

  /// @param types what such an array can be, the most likely one first
  private void set(
      String name, MemorySegment array, int count, long[] shape, ElementType... types) {
    enter();
    try {
      ElementType own = model.inputInfos().get(inputIndex(name)).type();
      Value value = resize(name, Arrays.asList(types).contains(own) ? own : types[0], shape);
      if (count != value.size()) {
        throw new IllegalArgumentException(
            "%d values for input '%s' of shape %s"
                .formatted(count, name, Arrays.toString(value.dims())));
      }
      value.data().copyFrom(array);
    } finally {
      guard.exit();
    }
  }

  /// Sets an input of any type.
  ///
  /// @throws IllegalArgumentException if there is no such input, or type or shape are not what it
  ///   declares
  public void set(String name, NdArray values) {
    enter();
    try {
      Value value = resize(name, values.type(), values.shape());
      if (values.type().storage() == values.type()) {
        value.data().copyFrom(values.data());
      } else {
        Floats16.widen(values.type(), values.data(), value.data());
      }
    } finally {
      guard.exit();
    }
  }

  /// Runs the model.
  ///
  /// @throws OnnxException if a step fails; the message names it
  /// @throws IllegalStateException if an input has not been set
  public void run() {
    enter();
    try {
      model.checkWhole();
      checkGiven();
      execute();
    } finally {
      guard.exit();
    }
  }

  /// Runs the model on one stream, from its state to its state.
  ///
  /// @throws OnnxException if a step fails, or an output that carries state has not its input's
  ///   type and shape; the stream keeps its state
  /// @throws IllegalArgumentException if the stream is of another model
  /// @throws IllegalStateException if an input has not been set, or another caller has the stream
  public void run(OnnxStream stream) {
    enter();
    try {
      batch.add(stream);
      runBatch();
    } finally {
      exitBatch();
    }
  }

  /// Runs the model on streams side by side: row n of a batch is stream n's, in inputs, states and
  /// outputs. If the run fails the streams keep their states.
  ///
  /// @throws OnnxException if a step fails, or an output that carries state has not its input's
  ///   type and shape
  /// @throws IllegalArgumentException if there is no stream, one is of another model, or the model
  ///   has no batch and there are several
  /// @throws IllegalStateException if an input has not been set, another caller has one of the
  ///   streams, or one is given twice
  public void run(List<OnnxStream> streams) {
    enter();
    try {
      for (int n = 0; n < streams.size(); n++) { // no iterator: runs allocate nothing
        batch.add(streams.get(n));
      }
      runBatch();
    } finally {
      exitBatch();
    }
  }

  private void runBatch() {
    batch.load();
    List<StateBinding> states = model.states();
    for (int i = 0; i < states.size(); i++) {
      given[states.get(i).input()] = true;
    }
    checkGiven();
    model.checkChunk(execution.inputs());
    execute();
    batch.store();
  }

  private void exitBatch() {
    batch.release();
    guard.exit();
  }

  private void checkGiven() {
    for (int i = 0; i < given.length; i++) {
      if (!given[i]) {
        throw new IllegalStateException(
            "input '%s' has not been set".formatted(model.inputInfos().get(i).name()));
      }
    }
  }

  private void execute() {
    ran = false;
    try {
      execution.run();
    } catch (ModelFailure e) {
      throw OnnxException.of(e);
    } catch (StackOverflowError e) {
      throw new OnnxException("its branches and loops are nested too deeply", e);
    } catch (OutOfMemoryError e) {
      throw new OnnxException("it needs more memory than there is", e);
    }
    ran = true;
  }

  /// An output's shape in the last run.
  ///
  /// @throws IllegalArgumentException if there is no such output
  /// @throws IllegalStateException if there was no run
  public long[] shape(String name) {
    enter();
    try {
      return result(index(name)).dims().clone();
    } finally {
      guard.exit();
    }
  }

  /// An output's memory, read-only: float32 for 16-bit floats, else as the type says. Valid until
  /// the next run, which may leave the output elsewhere; while it does not, this is the same
  /// object.
  ///
  /// @throws IllegalArgumentException if there is no such output
  /// @throws IllegalStateException if there was no run
  public MemorySegment output(String name) {
    enter();
    try {
      int index = index(name);
      MemorySegment data = result(index).data();
      MemorySegment last = shown[index];
      if (last == null || last.address() != data.address() || last.byteSize() != data.byteSize()) {
        shown[index] = data.asReadOnly();
      }
      return shown[index];
    } finally {
      guard.exit();
    }
  }

  /// A copy of an output's values as float32, whatever its type.
  ///
  /// @throws IllegalArgumentException if there is no such output
  /// @throws IllegalStateException if there was no run
  public float[] floats(String name) {
    return get(name).toFloats();
  }

  /// A copy of an output.
  ///
  /// @throws IllegalArgumentException if there is no such output
  /// @throws IllegalStateException if there was no run
  public NdArray get(String name) {
    enter();
    try {
      Value value = result(index(name));
      ElementType type = value.type();
      MemorySegment data = value.data();
      if (type.storage() != type) {
        data = MemorySegment.ofArray(new short[Math.toIntExact(value.size())]);
        Floats16.narrow(type, value.data(), data);
      }
      return NdArray.copyOf(type, data, value.dims());
    } finally {
      guard.exit();
    }
  }

  /// Whether the time of each step is taken in the runs that follow; what was taken before is
  /// forgotten. It costs nothing while it is off, and some 50 ns a step while it is on.
  ///
  /// @throws IllegalStateException if the session is closed, or another thread uses it
  public void profile(boolean on) {
    enter();
    try {
      execution.time(on);
    } finally {
      guard.exit();
    }
  }

  /// The times of the runs since [#profile]: those of [OnnxModel#nodes()], in the same order.
  ///
  /// @throws IllegalStateException if the session is closed, or another thread uses it
  public List<OnnxNodeTime> times() {
    enter();
    try {
      return model.times(execution.times());
    } finally {
      guard.exit();
    }
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

  private int index(String name) {
    List<ValueInfo> infos = model.outputInfos(); // those of streaming behind the file's own
    for (int i = 0; i < model.outputs().size(); i++) {
      if (infos.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "no output '%s', the model has %s"
            .formatted(name, model.outputs().stream().map(OnnxValue::name).toList()));
  }

  private Value result(int index) {
    if (!ran) {
      throw new IllegalStateException("there are no outputs: nothing has run, or it failed");
    }
    Value result = execution.outputs().get(index);
    if (result.isSequence()) { // which could not be told when the model was loaded
      throw new OnnxException(
          "output '%s' is a sequence, expected a tensor".formatted(result.name()));
    }
    return result;
  }

  /// @param type what is given; null if the caller fills the memory
  private Value resize(String name, ElementType type, long... shape) {
    int index = inputIndex(name);
    ValueInfo info = model.inputInfos().get(index);
    ElementType own = info.type() == null ? type : info.type();
    if (own == null) {
      throw new IllegalArgumentException(
          "input '%s' has no type in the file: set it from an array".formatted(name));
    }
    if (type != null && own != type && own.storage() != type) {
      throw new IllegalArgumentException(
          "input '%s' is given %s, expected %s%s".formatted(name, type, own, conversion(own)));
    }
    checkShape(info, shape);
    Value value = execution.inputs().get(index);
    try {
      value.resize(own, shape);
    } catch (ModelFailure e) {
      throw OnnxException.of(e);
    }
    given[index] = true;
    return value;
  }

  /// How values become those of a type, where that is one call.
  private static String conversion(ElementType type) {
    return switch (type) {
      case FLOAT, FLOAT16, BFLOAT16 ->
          ": convert it with NdArray.of(x.toFloats(), x.shape()), or x.astype('float32') in NumPy";
      case INT64 ->
          ": convert it with NdArray.of(x.toLongs(), x.shape()), or x.astype('int64') in NumPy";
      case DOUBLE -> ": convert it, as x.astype('float64') does in NumPy";
      default -> ": convert it, as x.astype('%s') does in NumPy".formatted(type);
    };
  }

  private int inputIndex(String name) {
    List<ValueInfo> infos = model.inputInfos(); // likewise
    for (int i = 0; i < model.inputs().size(); i++) {
      if (infos.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "no input '%s', the model has %s"
            .formatted(name, model.inputs().stream().map(OnnxValue::name).toList()));
  }

  private void checkShape(ValueInfo info, long[] shape) {
    long[] declared = info.dims();
    boolean fits = declared == null || declared.length == shape.length;
    for (int i = 0; fits && i < shape.length; i++) {
      fits = shape[i] >= 0 && (declared == null || declared[i] < 0 || declared[i] == shape[i]);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "input '%s' is given shape %s, expected %s"
              .formatted(info.name(), Arrays.toString(shape), model.symbols().text(declared)));
    }
  }
}
