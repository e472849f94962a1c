package io.kioku.onnx;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.plan.RandomGraphs;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/// Graphs that a file could hold and nobody has thought of: each runs, or has one clear exception.
/// CONTRIBUTING.md says how to draw more of them.
class RandomGraphsTest {
  /// How many graphs are drawn, and the number of the first one.
  private static final int COUNT = Integer.getInteger("kioku.graphs", 2_000);

  private static final long FIRST = Long.getLong("kioku.graphs.first", 0);

  /// Of one graph, most of which take less than a millisecond; longer ones count as endless.
  private static final int MOST_SECONDS = 60;

  @Test
  void theyRunOrAreRefused() throws Exception {
    int ran = 0;
    try (ExecutorService thread = Executors.newSingleThreadExecutor(RandomGraphsTest::daemon)) {
      for (long seed = FIRST; seed < FIRST + COUNT; seed++) {
        long number = seed;
        Future<Boolean> result = thread.submit(() -> survives(number));
        try {
          ran += result.get(MOST_SECONDS, TimeUnit.SECONDS) ? 1 : 0;
        } catch (TimeoutException e) {
          thread.shutdownNow();
          throw new AssertionError("graph " + seed + " does not end", e);
        }
      }
    }
    assertTrue(ran > COUNT / 50, ran + " of " + COUNT + " ran: too few to say anything");
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(null, task, "graphs", 0);
    thread.setDaemon(true);
    return thread;
  }

  /// Loads and runs a graph; what fails must fail with a clear exception.
  ///
  /// @return whether it ran
  static boolean survives(long seed) {
    RandomTensors random = new RandomTensors(-1 - seed);
    TinyModel graph = RandomGraphs.of(seed);
    try (OnnxModel model =
            OnnxModel.builder()
                .memoryLimit(16 << 20)
                .loopLimit(200)
                .load(MemorySegment.ofArray(graph.bytes()));
        OnnxSession session = model.newSession()) {
      for (int run = 0; run < 2; run++) {
        for (OnnxValue input : model.inputs()) {
          long[] shape =
              input.shape().orElse(List.of()).stream()
                  .mapToLong(dim -> dim.matches("\\d+") ? Long.parseLong(dim) : random.below(4))
                  .toArray();
          session.set(input.name(), random.values(input.type().orElse(ElementType.FLOAT), shape));
        }
        session.run();
        model.outputs().forEach(output -> session.get(output.name()));
      }
      return true;
    } catch (OnnxException e) {
      String message = e.getMessage();
      boolean isInternal = message.contains("a bug in kioku") || message.contains("oneDNN could");
      assertFalse(isInternal, () -> "graph " + seed + ": " + message + "\n" + e.getCause());
      return false;
    } catch (IllegalArgumentException e) { // an input that no shape of ours fits
      assertTrue(e.getMessage().contains("input '"), e::toString);
      return false;
    } catch (RuntimeException | Error e) {
      throw new AssertionError("graph " + seed, e);
    }
  }
}
