package io.kioku.bench.layer;

import java.io.BufferedInputStream;
import java.io.BufferedWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// A layer from C: `kioku-native-bench serve` as a process beside this one, which sleeps while
/// others are timed. It makes the same weights as [Layer] by itself.
final class NativeLayer implements LayerContestant {
  /// The status of a process whose library has no such layer on this machine.
  private static final int NO_SUCH_LAYER = 3;

  private final Shape shape;
  private final Process process;
  private final BufferedWriter to;
  private final InputStream from;

  /// @param contestant onednn or libkioku
  /// @throws UnsupportedOperationException if oneDNN has no such layer on this machine
  NativeLayer(String contestant, String precision, Shape shape) {
    this.shape = shape;
    try {
      String[] words = ("serve %s %s %s".formatted(contestant, precision, shape)).split(" ");
      process = NativeBench.start(words);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    to = process.outputWriter(StandardCharsets.UTF_8);
    from = new BufferedInputStream(process.getInputStream());
    ask("ready", Double.BYTES);
  }

  /// @param bytes of the answer
  private ByteBuffer ask(String question, int bytes) {
    try {
      to.write(question + "\n");
      to.flush();
      byte[] answer = from.readNBytes(bytes);
      if (answer.length < bytes) {
        if (process.waitFor() == NO_SUCH_LAYER) {
          throw new UnsupportedOperationException("oneDNN has no such layer on this machine");
        }
        throw new EOFException("kioku-native-bench ended at " + shape);
      }
      return ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      process.destroy();
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void run() {
    ask("run", Double.BYTES);
  }

  @Override
  public double micros(long nanos) {
    return ask(String.format(Locale.ROOT, "time %.1f", nanos / 1e3), Double.BYTES).getDouble();
  }

  @Override
  public float[] output() {
    float[] values = new float[Math.toIntExact(shape.outputs())];
    ask("output", Math.multiplyExact(values.length, Float.BYTES)).asFloatBuffer().get(values);
    return values;
  }

  @Override
  public LayerContestant another() {
    throw new UnsupportedOperationException("a process has one thread");
  }

  @Override
  public void close() {
    process.destroy();
  }
}
