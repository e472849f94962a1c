package io.kioku.nn;

import io.kioku.Model;
import io.kioku.Session;
import io.kioku.State;
import io.kioku.Trace;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/// One text that a [LanguageModel] reads byte by byte; what it has read is in its state.
///
///     float[] logits = new float[LanguageModel.VOCABULARY];
///     stream.next((byte) 'C', logits);          // logits of the byte after "C"
///     stream.next((byte) 'a', logits);          // … after "Ca"
///     stream.state().clear();                   // begin anew
///
/// May move between threads but serves one caller at a time; a second one gets an
/// [IllegalStateException]. [#next] allocates nothing. A stream that is open keeps its model's
/// memory.
public final class TextStream implements AutoCloseable {
  /// The most steps that are computed at once: enough rows for efficient products.
  static final int MAX_STEPS = 256;

  /// Memory for some steps.
  private record Steps(MemorySegment x, MemorySegment h, MemorySegment logits) {
    static Steps allocate(Arena arena, int steps, int input, int hidden) {
      return new Steps(
          arena.allocate(ValueLayout.JAVA_FLOAT, (long) steps * input),
          arena.allocate(ValueLayout.JAVA_FLOAT, (long) steps * hidden),
          arena.allocate(ValueLayout.JAVA_FLOAT, (long) steps * LanguageModel.VOCABULARY));
    }

    Steps first(int steps) {
      return new Steps(first(x, steps), first(h, steps), first(logits, steps));
    }

    private static MemorySegment first(MemorySegment all, int steps) {
      return all.asSlice(0, all.byteSize() / MAX_STEPS * steps);
    }
  }

  private final Embedding embedding;
  private final Session recurrent;
  private final Session head;
  private final Arena arena = Arena.ofShared();
  private final AtomicBoolean inUse = new AtomicBoolean();
  private final Steps all;
  private final Steps one;
  private final byte[] single = new byte[1];

  TextStream(Embedding embedding, Model recurrentModel, Linear headLayer) {
    this.embedding = embedding;
    List<Runnable> undo = new ArrayList<>(List.of(arena::close));
    try {
      this.recurrent = recurrentModel.newSession(1);
      undo.add(recurrent::close);
      this.head = headLayer.newSession(1);
      undo.add(head::close);
      this.all = Steps.allocate(arena, MAX_STEPS, embedding.size(), headLayer.inputSize());
      this.one = all.first(1);
    } catch (RuntimeException | Error e) {
      undo.reversed().forEach(Runnable::run);
      throw e;
    }
  }

  /// Reads a byte.
  ///
  /// @param logits becomes the logits of the byte after it; 256 values
  /// @throws IllegalArgumentException if the array has another length
  /// @throws IllegalStateException if the stream, its model or engine is closed, or the stream is
  ///   in use
  public void next(byte value, float[] logits) {
    checkLength(logits);
    enter();
    try {
      single[0] = value;
      MemorySegment.copy(run(single, 0, 1), ValueLayout.JAVA_FLOAT, 0, logits, 0, logits.length);
    } finally {
      inUse.set(false);
    }
  }

  /// Reads some bytes, at less cost than one by one.
  ///
  /// @param values at least one
  /// @param logits becomes the logits of the byte after the last one; 256 values
  /// @throws IllegalArgumentException if there are no bytes, or the array of logits has another
  ///   length
  /// @throws IllegalStateException if the stream, its model or engine is closed, or the stream is
  ///   in use
  public void next(byte[] values, float[] logits) {
    checkLength(logits);
    if (values.length == 0) {
      throw new IllegalArgumentException(
          "there are no bytes, expected at least one to predict from");
    }
    enter();
    try {
      int count = 0;
      for (int from = 0; from < values.length; from += count) {
        count = Math.min(MAX_STEPS, values.length - from);
        MemorySegment rows = run(values, from, count);
        long last = (count - 1L) * logits.length * Float.BYTES;
        MemorySegment.copy(rows, ValueLayout.JAVA_FLOAT, last, logits, 0, logits.length);
      }
    } finally {
      inUse.set(false);
    }
  }

  /// Reads a prompt, then writes the text with which the model goes on, byte by byte as it comes.
  /// The stream reads that text too, and stands behind it.
  ///
  /// @param prompt at least one byte; not written
  /// @param length the bytes to write, 0 or more
  /// @param out is neither flushed nor closed
  /// @throws IOException if writing fails
  /// @throws IllegalArgumentException if the prompt is empty, the length negative, or the model's
  ///   weights give no finite numbers
  /// @throws IllegalStateException if the stream, its model or engine is closed, or the stream is
  ///   in use
  public void generate(byte[] prompt, int length, Sampler sampler, OutputStream out)
      throws IOException {
    if (length < 0) {
      throw new IllegalArgumentException("length is %d, expected at least 0".formatted(length));
    }
    float[] logits = new float[LanguageModel.VOCABULARY];
    next(prompt, logits);
    for (int i = 0; i < length; i++) {
      byte value = (byte) sampler.next(logits);
      out.write(value);
      next(value, logits);
    }
  }

  /// Records what goes on in the recurrent layers while the stream reads: see
  /// [Session#trace(Set, long, long)]. A step is a byte, and there is one row.
  ///
  ///     try (Trace trace = stream.trace(Set.of(1), 0, text.length)) {
  ///       stream.next(text, logits);
  ///       float[] forget = trace.values(1, 0, "f");        // (bytes, 1, H)
  ///     }
  ///
  /// @param layers from 0
  /// @param from the first byte to record; 0 is the next that is read
  /// @param to the byte after the last
  /// @throws IllegalArgumentException if the bytes are none or negative, or the layers none
  /// @throws IndexOutOfBoundsException if there is no such layer
  /// @throws IllegalStateException if the stream is closed or in use
  public Trace trace(Set<Integer> layers, long from, long to) {
    return recurrent.trace(layers, from, to);
  }

  /// What the stream has read, as the recurrent layers remember it: one row.
  public State state() {
    return recurrent.state();
  }

  /// Ends the use of this stream and frees its memory. May be called twice.
  ///
  /// @throws IllegalStateException if the stream is in use
  @Override
  public void close() {
    if (!arena.scope().isAlive()) {
      return;
    }
    enter();
    try {
      head.close();
    } finally {
      try {
        recurrent.close();
      } finally {
        arena.close();
        inUse.set(false);
      }
    }
  }

  /// Reads up to [#MAX_STEPS] bytes and returns the logits after each, (count, 256), valid until
  /// the next call.
  MemorySegment run(byte[] values, int from, int count) {
    Steps steps = count == 1 ? one : all.first(count);
    for (int t = 0; t < count; t++) {
      embedding.lookup(Byte.toUnsignedInt(values[from + t]), steps.x, t);
    }
    recurrent.run(steps.x, steps.h);
    head.run(steps.h, steps.logits);
    return steps.logits;
  }

  private static void checkLength(float[] logits) {
    if (logits.length != LanguageModel.VOCABULARY) {
      throw new IllegalArgumentException(
          "logits has %d values, expected %d".formatted(logits.length, LanguageModel.VOCABULARY));
    }
  }

  private void enter() {
    if (!inUse.compareAndSet(false, true)) {
      throw new IllegalStateException("the stream is in use; one caller at a time may use it");
    }
    if (!arena.scope().isAlive()) {
      inUse.set(false);
      throw new IllegalStateException("the stream is closed");
    }
  }
}
