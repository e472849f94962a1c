package io.kioku.onnx;

import com.sun.management.ThreadMXBean;
import io.kioku.ResidentSize;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A program that prints what running a model of Silero costs: see the cases of its switch.
final class OnnxResources {
  private OnnxResources() {}

  public static void main(String[] args) throws IOException {
    SileroModel silero = SileroModel.of(Path.of(args[1]));
    switch (args[0]) {
      case "allocated" -> allocated(silero, Integer.parseInt(args[2]));
      case "stream" -> stream(silero);
      default -> cycles(silero, Integer.parseInt(args[2]));
    }
  }

  private static void prepare(SileroModel silero, OnnxSession session, int batch) {
    if (silero.hasRate()) {
      session.set("sr", new long[] {16_000});
    }
    session.input("input", batch, silero.hop(16_000) + silero.context(16_000));
  }

  /// Bytes of the Java heap that a hundred runs allocate.
  private static void allocated(SileroModel silero, int batch) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (OnnxModel model = silero.load();
        OnnxSession session = model.newSession()) {
      prepare(silero, session, batch);
      List<OnnxStream> streams = new ArrayList<>();
      for (int n = 0; n < batch; n++) {
        streams.add(model.newStream());
      }
      for (int i = 0; i < 300; i++) { // loads classes, links calls, customises their handles
        session.run(streams);
        session.output("output");
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      long empty = threads.getCurrentThreadAllocatedBytes() - before;
      long start = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 100; i++) {
        session.run(streams);
        session.output("output");
      }
      System.out.println(threads.getCurrentThreadAllocatedBytes() - start - empty);
    }
  }

  /// Bytes of the Java heap that a stream takes; it has nothing elsewhere.
  private static void stream(SileroModel silero) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    OnnxStream[] streams = new OnnxStream[10_000];
    try (OnnxModel model = silero.load();
        OnnxSession session = model.newSession()) {
      prepare(silero, session, 1);
      long start = threads.getCurrentThreadAllocatedBytes();
      for (int n = 0; n < streams.length; n++) {
        streams[n] = model.newStream();
      }
      System.out.println((threads.getCurrentThreadAllocatedBytes() - start) / streams.length);
      for (OnnxStream stream : streams) {
        session.run(stream); // what it takes later
      }
    }
  }

  private static void cycles(SileroModel silero, int cycles) throws IOException {
    ResidentSize.measure(
        cycles,
        i -> {
          try (OnnxModel model = silero.load();
              OnnxSession session = model.newSession()) {
            prepare(silero, session, 1 + i % 3);
            List<OnnxStream> streams = new ArrayList<>();
            for (int n = 0; n <= i % 3; n++) {
              streams.add(model.newStream());
            }
            session.run(streams);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }
}
