package io.kioku.onnx;

import io.kioku.format.NdArray;
import io.kioku.internal.lifetime.Exclusive;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/// The state that a model carries from chunk to chunk of one stream: first-class, so that it can be kept,
/// copied, read and written, and run beside any others.
///
///     OnnxStream stream = model.newStream();
///     session.set("input", chunk, 1, 512);
///     session.run(stream);              // state in, state out; nothing to pass on
///
/// It belongs to no session: any session of its model may run it. It serves one caller at a time; a
/// second one, a session that runs it included, gets an [IllegalStateException]. It costs its state and
/// some hundred bytes.
public final class OnnxStream {
  private final OnnxModel model;
  private final MemorySegment state; // one part after the other, each aligned to 8 bytes
  private final Exclusive guard = new Exclusive("stream");

  OnnxStream(OnnxModel model) {
    this(model, MemorySegment.ofArray(new long[Math.toIntExact(bytes(model) / Long.BYTES)]));
    begin();
  }

  private OnnxStream(OnnxModel model, MemorySegment state) {
    this.model = model;
    this.state = state;
  }

  private static long bytes(OnnxModel model) {
    return model.states().stream().mapToLong(part -> aligned(part.bytes())).sum();
  }

  private static long aligned(long bytes) {
    return (bytes + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
  }

  /// The same state once more, on its own from now on.
  ///
  /// @throws IllegalStateException if another caller has the stream
  public OnnxStream copy() {
    return guard.get(
        () -> new OnnxStream(model, MemorySegment.ofArray(state.toArray(ValueLayout.JAVA_LONG))));
  }

  private void begin() {
    state.fill((byte) 0);
    for (StateBinding part : model.states()) {
      slice(part).copyFrom(part.initial());
    }
  }

  /// Back to the beginning: all zero, or what the model says that a state begins with.
  ///
  /// @throws IllegalStateException if another caller has the stream
  public void clear() {
    guard.run(this::begin);
  }

  /// A part of the state, by its input's name; 16-bit floats as float32.
  ///
  /// @throws IllegalArgumentException if there is no such part
  /// @throws IllegalStateException if another caller has the stream
  public NdArray get(String input) {
    StateBinding part = part(input);
    return guard.get(() -> NdArray.copyOf(part.info().type().storage(), slice(part), part.dims()));
  }

  /// Sets a part of the state, as [#get] gave it.
  ///
  /// @throws IllegalArgumentException if there is no such part, or type or shape are others
  /// @throws IllegalStateException if another caller has the stream
  public void set(String input, NdArray values) {
    StateBinding part = part(input);
    if (values.type() != part.info().type().storage()
        || !Arrays.equals(values.shape(), part.dims())) {
      throw new IllegalArgumentException(
          "state '%s' is %s, expected %s%s"
              .formatted(
                  input, values, part.info().type().storage(), Arrays.toString(part.dims())));
    }
    guard.run(() -> slice(part).copyFrom(values.data()));
  }

  private StateBinding part(String input) {
    List<StateBinding> parts = model.states();
    for (StateBinding part : parts) {
      if (part.info().name().equals(input)) {
        return part;
      }
    }
    throw new IllegalArgumentException(
        "no state '%s', the model has %s"
            .formatted(input, parts.stream().map(part -> part.info().name()).toList()));
  }

  private MemorySegment slice(StateBinding part) {
    long offset = 0;
    for (StateBinding other : model.states()) {
      if (other.input() == part.input()) {
        break;
      }
      offset += aligned(other.bytes());
    }
    return state.asSlice(offset, part.bytes());
  }

  /// Begins a use by a session.
  ///
  /// @throws IllegalStateException if another caller has the stream
  void enter() {
    guard.enter();
  }

  void exit() {
    guard.exit();
  }

  boolean isOf(OnnxModel other) {
    return model == other;
  }

  /// Copies the state into row `n` of a batch of `count`: the input of each part.
  void load(List<Value> inputs, int n, int count) {
    long offset = 0;
    for (int i = 0; i < model.states().size(); i++) { // no iterator: runs allocate nothing
      StateBinding part = model.states().get(i);
      MemorySegment batch = inputs.get(part.input()).data();
      long pieces = part.pieces();
      long piece = part.pieceBytes();
      for (long p = 0; p < pieces; p++) {
        MemorySegment.copy(state, offset + p * piece, batch, (p * count + n) * piece, piece);
      }
      offset += aligned(part.bytes());
    }
  }

  /// Copies the state out of row `n` of a batch of `count`: the output of each part.
  void store(List<Value> outputs, int n, int count) {
    long offset = 0;
    for (int i = 0; i < model.states().size(); i++) {
      StateBinding part = model.states().get(i);
      MemorySegment batch = outputs.get(part.output()).data();
      long pieces = part.pieces();
      long piece = part.pieceBytes();
      for (long p = 0; p < pieces; p++) {
        MemorySegment.copy(batch, (p * count + n) * piece, state, offset + p * piece, piece);
      }
      offset += aligned(part.bytes());
    }
  }
}
