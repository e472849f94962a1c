package io.kioku.onnx;

import io.kioku.Engine;
import io.kioku.format.ElementType;
import io.kioku.internal.lifetime.Lifetime;
import io.kioku.internal.memory.Segments;
import io.kioku.internal.onnx.graph.Symbols;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.plan.Execution;
import io.kioku.internal.onnx.plan.Limits;
import io.kioku.internal.onnx.plan.LoadedModel;
import io.kioku.internal.onnx.plan.ModelFailure;
import io.kioku.internal.onnx.stream.ValueAxis;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/// An ONNX model, checked and compiled. Immutable and shared by all threads.
///
///     try (OnnxModel model = OnnxModel.load(Path.of("model.onnx"));
///         OnnxSession session = model.newSession()) {
///       session.set("input", new float[512], 1, 512);
///       session.run();
///       float[] y = session.floats("output");
///     }
///
/// A model that carries its state through inputs and outputs has streams: see [OnnxStream].
///
///     OnnxModel.builder().state("h0", "hn").state("c0", "cn").load(path)
///
/// Operator sets 7 and later are read. 16-bit floats are computed in float32 and rounded where the graph
/// says so (Cast, outputs). What the graph needs and Kioku does not have is refused when it is loaded,
/// all of it in one message.
public final class OnnxModel implements AutoCloseable {
  private final LoadedModel loaded;
  private final List<StateBinding> states;
  private final List<OnnxValue> inputs;
  private final List<OnnxValue> outputs;
  private final Lifetime lifetime;

  private OnnxModel(LoadedModel loaded, List<StateNames> states) {
    this.loaded = loaded;
    this.lifetime = new Lifetime("model", loaded::close);
    int carried = loaded.streamed() == null ? 0 : loaded.streamed().states().size();
    List<ValueInfo> in = loaded.plan().inputs();
    List<ValueInfo> out = loaded.plan().outputs();
    this.inputs = describe(in.subList(0, in.size() - carried));
    this.outputs = describe(out.subList(0, out.size() - carried));
    List<StateBinding> bindings = new ArrayList<>();
    for (StateNames names : states) {
      bindings.add(
          StateBinding.of(
              names, loaded.plan().inputs(), loaded.plan().outputs(), loaded.symbols()));
    }
    for (int i = 0; i < carried; i++) {
      bindings.add(
          StateBinding.of(
              loaded.streamed().states().get(i), inputs.size() + i, outputs.size() + i));
    }
    this.states = List.copyOf(bindings);
  }

  /// Loads a model with the default options.
  ///
  /// @throws OnnxException if it is damaged, or needs what is not supported; the message lists all
  /// @throws IOException if the file cannot be read
  public static OnnxModel load(Path path) throws IOException {
    return builder().load(path);
  }

  /// Loads a model with options.
  public static Builder builder() {
    return new Builder();
  }

  /// What the file says about itself.
  public OnnxOrigin origin() {
    LoadedModel.Origin origin = loaded.origin();
    return new OnnxOrigin(origin.producer(), origin.irVersion(), origin.operatorSets());
  }

  /// What a run takes, in the file's order; inputs that have a value in the file are none.
  public List<OnnxValue> inputs() {
    return inputs;
  }

  /// What a run gives, in the file's order.
  public List<OnnxValue> outputs() {
    return outputs;
  }

  /// The parts of a stream's state, as [OnnxStream#get] and [OnnxStream#set] name them, with the
  /// shapes that they have in a batch.
  public List<OnnxValue> stateParts() {
    return describe(states.stream().map(StateBinding::info).toList());
  }

  /// Which axis of an input or output is time, in a model that was loaded with
  /// [Builder#streaming()]; nothing if it has none, so that it is the same for all chunks, or what
  /// is known after the last step.
  ///
  /// @throws IllegalArgumentException if there is no such input or output
  public OptionalInt timeAxis(String name) {
    OptionalInt input = index(inputs, name);
    OptionalInt index = input.isPresent() ? input : index(outputs, name);
    if (index.isEmpty()) {
      throw new IllegalArgumentException("the model has no input or output '%s'".formatted(name));
    }
    if (loaded.streamed() == null) {
      return OptionalInt.empty();
    }
    return axis(
        input.isPresent() ? loaded.streamed().inputs() : loaded.streamed().outputs(),
        index.getAsInt());
  }

  /// Which axis of an input has a row for each stream of a batch, in a model that was loaded with
  /// [Builder#streaming()]; nothing if it has none.
  ///
  /// @throws IllegalArgumentException if there is no such input
  public OptionalInt batchAxis(String name) {
    OptionalInt index = index(inputs, name);
    if (index.isEmpty()) {
      throw new IllegalArgumentException("the model has no input '%s'".formatted(name));
    }
    return loaded.streamed() == null
        ? OptionalInt.empty()
        : axis(loaded.streamed().batches(), index.getAsInt());
  }

  private static OptionalInt axis(List<ValueAxis> axes, int index) {
    return axes.stream()
        .filter(axis -> axis.index() == index)
        .mapToInt(ValueAxis::axis)
        .findFirst();
  }

  private static OptionalInt index(List<OnnxValue> values, String name) {
    return IntStream.range(0, values.size())
        .filter(i -> values.get(i).name().equals(name))
        .findFirst();
  }

  /// Refuses a run without a stream where the model has got states.
  void checkWhole() {
    if (loaded.plan().inputs().size() > inputs.size()) {
      throw new IllegalStateException(
          "the model was loaded with streaming(): run it with a stream");
    }
  }

  /// Refuses chunks that strides would cut.
  void checkChunk(List<Value> given) {
    if (loaded.streamed() == null) {
      return;
    }
    List<ValueAxis> axes = loaded.streamed().inputs();
    for (int i = 0; i < axes.size(); i++) { // no iterator: runs allocate nothing
      ValueAxis time = axes.get(i);
      long length = given.get(time.index()).dim(time.axis());
      if (length % time.multiple() != 0) {
        throw new IllegalArgumentException(
            "input '%s' has a chunk of %d steps, expected a multiple of %d"
                .formatted(inputs.get(time.index()).name(), length, time.multiple()));
      }
    }
  }

  /// The steps that a run takes, in order, those of branches and loops after the step that they
  /// belong to. Steps whose results were computed when the model was loaded are not among them.
  public List<OnnxNode> nodes() {
    List<OnnxNode> nodes = new ArrayList<>();
    loaded.visit((planned, depth) -> nodes.add(node(planned, depth)));
    return nodes;
  }

  private OnnxNode node(PlannedNode planned, int depth) {
    return new OnnxNode(
        planned.node().name(),
        planned.node().qualifiedOperator(),
        planned.operator().backend(),
        describe(planned.outputs()),
        depth);
  }

  /// The steps as in [#nodes()], with the times that a session has taken.
  List<OnnxNodeTime> times(Map<PlannedNode, Execution.Time> times) {
    List<OnnxNodeTime> all = new ArrayList<>();
    loaded.visit((planned, depth) -> {
      Execution.Time time = times.getOrDefault(planned, new Execution.Time(0, 0));
      all.add(new OnnxNodeTime(node(planned, depth), time.runs(), time.nanos()));
    });
    return all;
  }

  /// What one caller at a time runs the model with.
  ///
  /// @throws IllegalStateException if the model is closed
  public OnnxSession newSession() {
    lifetime.checkOpen();
    return new OnnxSession(this, lifetime);
  }

  /// A stream at its beginning: all its state is zero. It needs no closing and costs its state.
  ///
  /// @throws IllegalStateException if the model was loaded without [Builder#state] or
  ///   [Builder#streaming()], or is closed
  public OnnxStream newStream() {
    lifetime.checkOpen();
    if (states.isEmpty() && loaded.streamed() == null) {
      throw new IllegalStateException(
          "no state is bound: load the model with OnnxModel.builder().state(input, output), or"
              + " .streaming()");
    }
    return new OnnxStream(this);
  }

  /// Ends the use of this model. Its memory is freed at once, or when its last session is closed.
  /// May be called twice.
  @Override
  public void close() {
    lifetime.close();
  }

  List<StateBinding> states() {
    return states;
  }

  Execution execution(Arena arena) {
    return new Execution(loaded.plan(), arena, loaded.limits());
  }

  List<ValueInfo> inputInfos() {
    return loaded.plan().inputs();
  }

  List<ValueInfo> outputInfos() {
    return loaded.plan().outputs();
  }

  Symbols symbols() {
    return loaded.symbols();
  }

  private List<OnnxValue> describe(List<ValueInfo> infos) {
    List<OnnxValue> values = new ArrayList<>();
    for (ValueInfo info : infos) {
      values.add(
          new OnnxValue(
              info.name(),
              Optional.<ElementType>ofNullable(info.type()),
              Optional.ofNullable(texts(info.dims()))));
    }
    return List.copyOf(values);
  }

  private List<String> texts(long[] dims) {
    if (dims == null) {
      return null;
    }
    List<String> texts = new ArrayList<>();
    for (long dim : dims) {
      texts.add(loaded.symbols().text(dim));
    }
    return List.copyOf(texts);
  }

  /// An input that carries state in, and the output that carries it out.
  ///
  /// @param axis of the batch; -1: the one that the file leaves open
  record StateNames(String input, String output, int axis) {}

  /// The options of a model.
  public static final class Builder {
    private static final long DEFAULT_MEMORY = 4L << 30;
    private static final long DEFAULT_LOOP_STEPS = 10_000_000;

    private final List<StateNames> states = new ArrayList<>();
    private int threads = 1;
    private long memory = DEFAULT_MEMORY;
    private long loopSteps = DEFAULT_LOOP_STEPS;
    private boolean isStreaming;

    private Builder() {}

    /// Native threads of one run; 1 by default, so that the application's own threads scale.
    ///
    /// @throws IllegalArgumentException if the count is below 1 or above 1,024
    public Builder threads(int count) {
      Engine.builder().threads(count); // checks it
      threads = Math.min(count, Runtime.getRuntime().availableProcessors());
      return this;
    }

    /// The most bytes that the values of one session may take; 4 GiB by default. A run that needs
    /// more fails with an [OnnxException].
    public Builder memoryLimit(long bytes) {
      memory = positive("bytes", bytes);
      return this;
    }

    /// The most steps that all loops of one run may take together; ten million by default. A run
    /// that takes more fails with an [OnnxException].
    public Builder loopLimit(long steps) {
      loopSteps = positive("steps", steps);
      return this;
    }

    /// Binds an input to the output that carries its value on, so that both belong to a stream's
    /// state. The batch is the one axis whose size the file leaves open.
    public Builder state(String input, String output) {
      return add(input, output, -1);
    }

    /// The same, where the batch is a certain axis.
    ///
    /// @param axis from 0
    public Builder state(String input, String output, int axis) {
      if (axis < 0) {
        throw new IllegalArgumentException("axis is %d, expected at least 0".formatted(axis));
      }
      return add(input, output, axis);
    }

    /// Makes what the model carries from step to step part of a stream's state, so that a file that
    /// was made for whole sequences runs chunk by chunk: chunks one after the other give the
    /// numbers of the whole. A stream begins where the file lets a sequence begin.
    ///
    /// Carried are the states of forward LSTM, GRU and RNN, what Scan carries, sums over time
    /// (CumSum), and the steps before a chunk that convolutions with padding before the first step
    /// look back at. Time is the open axis that these go along. What is known after the last step
    /// only, such as a final state, is in each chunk what it is so far. Where convolutions or
    /// poolings have a stride over time each chunk's length must be a multiple of it.
    ///
    /// Loading fails with an [OnnxException] that names all that cannot go chunk by chunk, such as
    /// a backward direction, or attention over all of time.
    public Builder streaming() {
      isStreaming = true;
      return this;
    }

    private Builder add(String input, String output, int axis) {
      states.add(
          new StateNames(
              Objects.requireNonNull(input, "input"),
              Objects.requireNonNull(output, "output"),
              axis));
      return this;
    }

    private static long positive(String name, long value) {
      if (value < 1) {
        throw new IllegalArgumentException("%s is %d, expected at least 1".formatted(name, value));
      }
      return value;
    }

    /// Loads a file; external data must lie in its folder or below.
    ///
    /// @throws OnnxException if the model is damaged, or needs what is not supported
    /// @throws IllegalArgumentException if a state's input or output does not fit the model
    /// @throws IOException if the file cannot be read
    public OnnxModel load(Path path) throws IOException {
      try (Arena arena = Arena.ofConfined()) {
        return model(path.toString(), content(path, arena), path.toAbsolutePath().getParent());
      }
    }

    /// A file without a copy on the heap; what is no file, such as a pipe, cannot be mapped.
    private static MemorySegment content(Path path, Arena arena) throws IOException {
      if (!Files.isRegularFile(path)) {
        return MemorySegment.ofArray(Files.readAllBytes(path));
      }
      try (FileChannel channel = FileChannel.open(path)) {
        return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      }
    }

    /// Loads a model from memory; it cannot have external data.
    ///
    /// @param bytes the file's content, which must not change meanwhile; needed no more afterwards
    /// @throws OnnxException if the model is damaged, or needs what is not supported
    /// @throws IllegalArgumentException if a state's input or output does not fit the model
    public OnnxModel load(MemorySegment bytes) {
      Segments.readable("bytes", bytes);
      return model("model", bytes, null);
    }

    private OnnxModel model(String source, MemorySegment bytes, Path folder) {
      LoadedModel loaded = loaded(source, bytes, folder);
      try {
        return new OnnxModel(loaded, states);
      } catch (IllegalArgumentException e) {
        loaded.close();
        throw e;
      }
    }

    private LoadedModel loaded(String source, MemorySegment bytes, Path folder) {
      try {
        return new LoadedModel(
            source,
            bytes,
            folder,
            new Limits(threads, memory, loopSteps),
            isStreaming ? Set.copyOf(states.stream().map(StateNames::input).toList()) : null);
      } catch (ModelFailure e) {
        throw OnnxException.of(e);
      }
    }
  }
}
