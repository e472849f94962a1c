package io.kioku.cli.vad;

import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import io.kioku.onnx.OnnxStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Listens to one sound, window after window. The model's state and the end of the window before
/// are remembered.
public final class SileroListener implements AutoCloseable {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private final OnnxSession session;
  private final OnnxStream stream;
  private final int window;
  private final int context;
  private final MemorySegment input; // the end of the window before, the window

  SileroListener(OnnxModel model, int rate, boolean hasRate, int window, int context) {
    this.session = model.newSession();
    this.stream = model.newStream();
    this.window = window;
    this.context = context;
    if (hasRate) {
      session.set("sr", new long[] {rate});
    }
    input = session.input("input", 1, context + window);
    input.fill((byte) 0);
  }

  /// The samples of a window.
  public int window() {
    return window;
  }

  /// The probability that someone speaks in the next window.
  ///
  /// @param samples begins with those of the window
  public float hear(float[] samples) {
    long bytes = Float.BYTES;
    MemorySegment.copy(input, window * bytes, input, 0, context * bytes);
    MemorySegment.copy(samples, 0, input, FLOAT, context * bytes, window);
    session.run(stream);
    MemorySegment output = session.output("output"); // version 3: of silence and of speech
    return output.getAtIndex(FLOAT, output.byteSize() / bytes - 1);
  }

  @Override
  public void close() {
    session.close();
  }
}
