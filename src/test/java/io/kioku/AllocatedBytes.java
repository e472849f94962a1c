package io.kioku;

import com.sun.management.ThreadMXBean;
import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/// A program that prints how many bytes of the Java heap a hundred runs allocate, for two cells.
final class AllocatedBytes {
  private static final int STEPS = 40;
  private static final int BATCH = 3;
  private static final int INPUT = 8;

  /// Units enough that the planner weighs its backends.
  private static final int HIDDEN = 128;

  private static final Set<String> THREADED = Set.of("shared", "wave");

  private AllocatedBytes() {}

  /// Measures one way to run.
  ///
  /// @param args the name of a backend, which then runs native segments; `planned`, where the
  ///   engine chooses; `ragged`, with sequences of different lengths; `masked`, with gaps, and
  ///   layers that differ; `any`, the same on the reference, in one call; `shared`, in bfloat16 by
  ///   two threads, which take a direction each; `wave`, of layers by two threads; `bytes`,
  ///   calibrated on oneDNN; or `arrays`
  public static void main(String[] args) {
    String way = args[0];
    boolean named = way.equals(way.toUpperCase(Locale.ROOT));
    SplittableRandom random = new SplittableRandom(1);
    boolean isBytes = way.equals("bytes");
    for (Cell cell : new Cell[] {Cells.LSTM, isBytes ? Cells.GRU_RESET_BEFORE : Cells.GRU}) {
      boolean isMasked = way.equals("masked") || way.equals("any");
      Network network =
          isMasked
              ? Network.of(
                  INPUT,
                  Layer.of(cell, HIDDEN).bidirectional(),
                  Layer.of(Cells.GRU, INPUT).backwards())
              : way.equals("wave")
                  ? Network.of(cell, INPUT, HIDDEN / 2).layers(4)
                  : Network.of(cell, INPUT, HIDDEN).layers(2).bidirectional();
      Weights weights = RecurrentCase.weights(network, random);
      try (Arena arena = Arena.ofConfined();
          Engine engine =
              way.equals("any")
                  ? Engine.open(Backend.REFERENCE)
                  : named || isBytes
                      ? Engine.open(isBytes ? Backend.ONEDNN : Backend.valueOf(way))
                      : Engine.builder().threads(THREADED.contains(way) ? 2 : 1).open();
          Model model =
              isBytes
                  ? ResidentSize.compileBytes(engine, network, weights)
                  : engine.compile(
                      network, weights, way.equals("shared") ? Precision.BF16 : Precision.F32);
          Session session = model.newSession(BATCH)) {
        float[] input = RecurrentCase.uniform(STEPS * BATCH * INPUT, 1, random);
        float[] output = new float[STEPS * BATCH * network.outputSize()];
        int[] lengths = way.equals("ragged") ? new int[] {2, 40, 1} : null;
        MemorySegment x = arena.allocate((long) Float.BYTES * input.length, 64);
        MemorySegment y = arena.allocate((long) Float.BYTES * output.length, 64);
        MemorySegment mask = arena.allocate((long) STEPS * BATCH);
        for (long i = 0; i < mask.byteSize(); i += 2) {
          mask.set(ValueLayout.JAVA_BYTE, i, (byte) 1);
        }
        Runnable run =
            way.equals("arrays")
                ? () -> session.run(input, output)
                : isMasked ? () -> session.runMasked(x, y, mask) : () -> session.run(x, y, lengths);
        System.out.println(allocated(run));
      }
    }
  }

  private static long allocated(Runnable run) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    // Loads classes and links calls, and customizes them, which the JVM does at the 128th of one: a
    // wave is one call.
    for (int i = 0; i < 200; i++) {
      run.run();
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    long empty = threads.getCurrentThreadAllocatedBytes() - before;
    long start = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 100; i++) {
      run.run();
    }
    return threads.getCurrentThreadAllocatedBytes() - start - empty;
  }
}
