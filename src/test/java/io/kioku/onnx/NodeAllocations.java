package io.kioku.onnx;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// A program that runs ONNX's backend tests of nodes and prints the names of those whose runs
/// allocate on the Java heap, with the bytes; last, how many ran.
final class NodeAllocations {
  private static final int RUNS = 20;

  private NodeAllocations() {}

  public static void main(String[] args) throws IOException {
    List<Path> folders;
    try (Stream<Path> all = Files.list(Path.of(args[0]))) {
      folders = all.sorted().toList();
    }
    int ran = 0;
    for (Path folder : folders) {
      try (OnnxModel model = OnnxModel.load(folder.resolve("model.onnx"));
          OnnxSession session = model.newSession()) {
        int input = 0;
        for (OnnxValue value : model.inputs()) {
          Path file = folder.resolve("test_data_set_0/input_%d.pb".formatted(input++));
          session.set(value.name(), OnnxTensors.read(file));
        }
        long bytes = allocated(session);
        ran++;
        if (bytes > 0) {
          System.out.println(folder.getFileName() + " " + bytes);
        }
      } catch (OnnxException | IllegalArgumentException e) {
        // other tests see to what is not supported
      }
    }
    System.out.println(ran);
  }

  /// Bytes of a hundred runs, the least of three times: the JVM makes classes of its own for calls
  /// that have become frequent, once.
  private static long allocated(OnnxSession session) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < RUNS; i++) { // loads classes, links calls
      session.run();
    }
    long least = Long.MAX_VALUE;
    for (int time = 0; time < 3 && least > 0; time++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      long empty = threads.getCurrentThreadAllocatedBytes() - before;
      long start = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < RUNS; i++) {
        session.run();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - start - empty);
    }
    return least;
  }
}
