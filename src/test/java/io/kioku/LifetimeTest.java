package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cells;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// No order of calls, and no thread, may crash the JVM: each mistake has one clear exception.
@SuppressWarnings("MustBeClosedChecker") // what is closed when is the matter of these tests
class LifetimeTest extends OpenSession {
  @Test
  void segmentsOfClosedAndForeignArenas() throws InterruptedException {
    MemorySegment x = floats(N * I);
    MemorySegment y = floats(N * H);
    AtomicReference<MemorySegment> foreign = new AtomicReference<>();
    CountDownLatch allocated = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    Thread other =
        Thread.ofPlatform()
            .start(() -> {
              try (Arena confined = Arena.ofConfined()) {
                foreign.set(confined.allocate(4 * N * I, 4));
                allocated.countDown();
                done.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    allocated.await();
    fails(
        IllegalArgumentException.class,
        "x belongs to another thread's confined arena",
        () -> session.run(foreign.get(), y));
    done.countDown();
    other.join();
    arena.close();
    fails(IllegalStateException.class, "x is closed", () -> session.run(x, y));
  }

  @Test
  void anArenaThatClosesDuringARun() throws InterruptedException {
    // The call keeps the segments alive: closing either waits its turn with an exception, or the
    // call has one.
    Network large = Network.of(Cells.LSTM, 64, 256);
    try (Model slow = engine.compile(large, RecurrentCase.weights(large, new SplittableRandom(1)));
        Session running = slow.newSession(4)) {
      for (int round = 0; round < 20; round++) {
        Arena shared = Arena.ofShared();
        MemorySegment x = shared.allocate(4L * 50 * 4 * 64, 4);
        MemorySegment y = shared.allocate(4L * 50 * 4 * 256, 4);
        CountDownLatch started = new CountDownLatch(1);
        Thread runner =
            Thread.ofPlatform()
                .start(() -> {
                  started.countDown();
                  try {
                    while (true) {
                      running.run(x, y);
                    }
                  } catch (IllegalStateException e) {
                    // the arena is closed
                  }
                });
        started.await();
        Thread.sleep(2);
        while (shared.scope().isAlive()) {
          try {
            shared.close();
          } catch (IllegalStateException e) {
            Thread.onSpinWait(); // in use by the call
          }
        }
        runner.join();
      }
    }
  }

  @Test
  void useAfterClose() {
    State state = session.state();
    session.close();
    session.close();
    fails(
        IllegalStateException.class, "the session is closed", () -> session.run(new float[N * I]));
    fails(IllegalStateException.class, "the session is closed", () -> session.resize(3));
    fails(IllegalStateException.class, "the session of this state is closed", () -> state.get("h"));
    Session second = model.newSession(1);
    model.close();
    model.close();
    fails(IllegalStateException.class, "the model is closed", () -> second.run(new float[I]));
    fails(IllegalStateException.class, "the model is closed", () -> model.newSession(1));
    second.close();
    Model next = engine.compile(network, weights);
    Session third = next.newSession(1);
    engine.close();
    engine.close();
    fails(IllegalStateException.class, "the engine is closed", () -> third.run(new float[I]));
    fails(IllegalStateException.class, "the engine is closed", () -> next.newSession(1));
    fails(
        IllegalStateException.class,
        "the engine is closed",
        () -> engine.compile(network, weights));
    third.close();
    next.close();
  }

  @Test
  void twoThreadsAtOnce() throws InterruptedException {
    Network large = Network.of(Cells.LSTM, 64, 256);
    try (Model slow = engine.compile(large, RecurrentCase.weights(large, new SplittableRandom(1)));
        Session shared = slow.newSession(8)) {
      float[] x = new float[200 * 8 * 64];
      float[] y = new float[200 * 8 * 256];
      AtomicInteger refused = new AtomicInteger();
      AtomicReference<Throwable> other = new AtomicReference<>();
      Thread[] threads = new Thread[3];
      for (int i = 0; i < threads.length; i++) {
        threads[i] =
            Thread.ofPlatform()
                .start(() -> {
                  for (int k = 0; k < 10; k++) {
                    try {
                      shared.run(x, y);
                    } catch (IllegalStateException e) {
                      refused.incrementAndGet();
                      if (!e.getMessage().contains("the session is in use by")) {
                        other.set(e);
                      }
                    }
                  }
                });
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(null, other.get());
      assertTrue(refused.get() > 0, "no collision was seen");
    }
  }

  @Test
  void manyThreadsShareAModel() throws InterruptedException {
    float[] x = RecurrentCase.uniform(7 * N * I, 1, new SplittableRandom(4));
    float[] expected = session.run(x);
    AtomicInteger wrong = new AtomicInteger();
    Thread[] threads = new Thread[16];
    for (int i = 0; i < threads.length; i++) {
      Runnable work =
          () -> {
            for (int k = 0; k < 50; k++) {
              try (Session own = model.newSession(N)) {
                if (!java.util.Arrays.equals(expected, own.run(x))) {
                  wrong.incrementAndGet();
                }
              }
            }
          };
      threads[i] = i % 2 == 0 ? Thread.ofPlatform().start(work) : Thread.ofVirtual().start(work);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(0, wrong.get());
  }
}
