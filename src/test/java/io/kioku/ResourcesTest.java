package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the engine takes, it gives back: native memory over many cycles, and nothing on the Java
/// heap while it runs.
class ResourcesTest {
  /// In a JVM of its own, whose heap is taken in full at the start and whose code is soon compiled:
  /// what grows is native.
  @ParameterizedTest
  @CsvSource({
    "sessions, BLAS, 100000",
    "sessions, ONEDNN, 100000",
    "models, BLAS, 2000",
    "models, ONEDNN, 2000",
    "shapes, ONEDNN, 8000"
  })
  void residentSizeStaysFlat(String what, Backend backend, int cycles) throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "resident size is read from /proc");
    List<String> output =
        ChildJvm.run(
            List.of("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"),
            ResidentSize.class,
            what,
            backend.name(),
            Integer.toString(cycles));
    long settled = Long.parseLong(output.get(0));
    long end = Long.parseLong(output.get(1));
    assertTrue(
        end <= settled * 1.05,
        () ->
            "resident size went from %d to %d KiB over %d cycles".formatted(settled, end, cycles));
  }

  @ParameterizedTest
  @ValueSource(strings = {"BLAS", "ONEDNN", "REFERENCE", "planned", "ragged", "arrays"})
  void aRunAllocatesNothing(String kind) {
    boolean named = kind.equals(kind.toUpperCase(java.util.Locale.ROOT));
    SplittableRandom random = new SplittableRandom(1);
    for (Cell cell : new Cell[] {Cells.LSTM, Cells.GRU}) {
      // Units enough that the planner weighs its backends.
      Network network = Network.of(cell, 8, 128).layers(2).bidirectional();
      try (Arena arena = Arena.ofConfined();
          Engine engine = named ? Engine.open(Backend.valueOf(kind)) : Engine.open();
          Model model = engine.compile(network, RecurrentCase.weights(network, random));
          Session session = model.newSession(3)) {
        float[] input = RecurrentCase.uniform(4 * 3 * 8, 1, random);
        float[] output = new float[4 * 3 * 256];
        int[] lengths = kind.equals("ragged") ? new int[] {2, 4, 1} : null;
        MemorySegment x = arena.allocate(4L * input.length, 64);
        MemorySegment y = arena.allocate(4L * output.length, 64);
        Runnable run =
            kind.equals("arrays")
                ? () -> session.run(input, output)
                : () -> session.run(x, y, lengths);
        assertEquals(0, allocated(run), kind + " " + cell);
      }
    }
  }

  /// The least over several rounds: the JIT may still be at work in the first ones.
  private static long allocated(Runnable run) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 2_000; i++) {
      run.run();
    }
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20 && least > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      long empty = threads.getCurrentThreadAllocatedBytes() - before;
      long start = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 100; i++) {
        run.run();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - start - empty);
    }
    return least;
  }
}
