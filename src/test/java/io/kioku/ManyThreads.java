package io.kioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.internal.ffi.Blas;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/// Sessions of every backend, and OpenBLAS's products by themselves, on a number of threads that
/// all compute at once, half of them with the smallest stacks. Each must get again and again what
/// one thread alone gets. Prints what went wrong, and how many threads were right to the end.
///
/// Arguments: threads, the seconds for which they go on (each computes once at least), and those
/// after which the process ends whatever they do.
final class ManyThreads {
  /// What is asked for; the JVM gives as much as it needs itself.
  private static final long SMALL_STACK = 64 * 1024;

  /// Knows no kernel but the general one.
  private static final Cell OWN = Cell.of("own", "h' = tanh(W_h x + R_h h + b_h) - 0.001 * h");

  private static volatile boolean isBegun;

  private ManyThreads() {}

  /// Something that many threads may compute at once, each with memory of its own.
  private interface Job {
    Work open();
  }

  /// A thread's own.
  private interface Work {
    /// The same numbers each time, in the same array.
    float[] compute();
  }

  public static void main(String[] args) throws InterruptedException {
    int threads = Integer.parseInt(args[0]);
    Duration time = Duration.ofSeconds(Long.parseLong(args[1]));
    endAfter(Duration.ofSeconds(Long.parseLong(args[2])));
    List<Job> jobs = new ArrayList<>();
    addSessions(jobs, Engine.open());
    for (Backend backend : Backend.values()) {
      addSessions(jobs, Engine.open(backend));
    }
    jobs.addAll(Collections.nCopies(jobs.size() / 3, product()));
    System.out.println(run(jobs, threads, time) + " of " + threads);
  }

  /// A thread that waits for ever must not keep the tests waiting.
  private static void endAfter(Duration time) {
    Runnable halt =
        () -> {
          try {
            Thread.sleep(time);
          } catch (InterruptedException e) {
            // then now
          }
          System.out.println("not done after " + time);
          Runtime.getRuntime().halt(1);
        };
    Thread.ofPlatform().daemon().start(halt);
  }

  /// How many threads were right.
  private static int run(List<Job> jobs, int threads, Duration time) throws InterruptedException {
    List<float[]> expected = jobs.stream().map(job -> job.open().compute().clone()).toList();
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    CountDownLatch ready = new CountDownLatch(threads);
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int j = i % jobs.size();
      Runnable run =
          () -> {
            try {
              Work work = jobs.get(j).open();
              ready.countDown();
              repeat(work, expected.get(j), time);
            } catch (Throwable e) {
              failures.add("job " + j + ": " + e);
              ready.countDown();
            }
          };
      running.add(new Thread(null, run, "many-" + i, i % 3 == 0 ? SMALL_STACK : 0));
      running.getLast().start();
    }
    ready.await();
    isBegun = true;
    for (Thread thread : running) {
      thread.join();
    }
    failures.stream().distinct().limit(10).forEach(System.out::println);
    return threads - failures.size();
  }

  private static void repeat(Work work, float[] expected, Duration time)
      throws InterruptedException {
    while (!isBegun) { // a latch would let one thread go when the one before it runs
      Thread.sleep(100);
    }
    long begin = System.nanoTime();
    do {
      if (!Arrays.equals(expected, work.compute())) {
        throw new IllegalStateException("other numbers than one thread alone gets");
      }
    } while (System.nanoTime() - begin < time.toNanos());
  }

  private static void addSessions(List<Job> jobs, Engine engine) {
    for (Cell cell : List.of(OWN, Cells.LSTM)) {
      Network network = Network.of(cell, 64, 64);
      try {
        Model model =
            engine.compile(network, RecurrentCase.weights(network, new SplittableRandom(1)));
        jobs.add(session(model, 1));
        jobs.add(session(model, 12));
      } catch (IllegalArgumentException e) {
        // a backend that does not run the cell
      }
    }
  }

  /// Sessions are not closed: the JVM asks all threads before it frees shared memory, which takes
  /// its time while there are thousands.
  @SuppressWarnings("MustBeClosedChecker")
  private static Job session(Model model, int batch) {
    float[] x = RecurrentCase.uniform(16 * batch * 64, 1, new SplittableRandom(batch));
    return () -> {
      Session session = model.newSession(batch);
      float[] y = new float[x.length];
      return () -> {
        session.state().clear();
        session.run(x, y);
        return y;
      };
    };
  }

  /// Products that take long enough for their thread to be interrupted half way.
  private static Job product() {
    int n = 96;
    int k = 32_768;
    MemorySegment a = Arena.global().allocate(4L * n * k, 64);
    float[] values = RecurrentCase.uniform(n * k, 1, new SplittableRandom(1));
    MemorySegment.copy(values, 0, a, ValueLayout.JAVA_FLOAT, 0, n * k);
    return () -> {
      MemorySegment c = Arena.global().allocate(4L * n * n, 64);
      return () -> {
        for (int i = 0; i < 4; i++) {
          Blas.sgemm(false, true, n, n, k, 1, a.address(), k, a.address(), k, 0, c.address(), n);
        }
        return c.toArray(ValueLayout.JAVA_FLOAT);
      };
    };
  }
}
