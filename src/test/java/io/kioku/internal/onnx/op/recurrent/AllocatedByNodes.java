package io.kioku.internal.onnx.op.recurrent;

import com.sun.management.ThreadMXBean;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxSession;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;

/// A program that prints how many bytes of the Java heap a hundred runs of random nodes allocate.
final class AllocatedByNodes {
  static final int CASES = 60;

  private AllocatedByNodes() {}

  public static void main(String[] args) {
    RandomNodes nodes = new RandomNodes(new SplittableRandom(5), false);
    for (int i = 0; i < CASES; i++) {
      RecurrentNode node = i % 3 == 0 ? quantized(nodes) : nodes.next();
      try (OnnxModel model = node.load();
          OnnxSession session = model.newSession()) {
        node.give(session);
        System.out.println(allocated(session::run) + " bytes: " + node);
      }
    }
  }

  private static RecurrentNode quantized(RandomNodes nodes) {
    RecurrentNode node;
    do {
      node = nodes.nextQuantized();
    } while (node.attributes.containsKey("layout"));
    return node;
  }

  private static long allocated(Runnable run) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 300; i++) { // loads classes, links calls
      run.run();
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    long empty = threads.getCurrentThreadAllocatedBytes() - before;
    long start = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 300; i++) {
      run.run();
    }
    return threads.getCurrentThreadAllocatedBytes() - start - empty;
  }
}
