package io.kioku;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.cell.Cells;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;

/// A session over a small LSTM for each test.
@SuppressWarnings("MustBeClosedChecker") // what is closed when is the matter of these tests
abstract class OpenSession {
  static final int I = 4;
  static final int H = 8;
  static final int N = 2;

  final Network network = Network.of(Cells.LSTM, I, H);
  final Weights weights = RecurrentCase.weights(network, new SplittableRandom(1));
  Engine engine;
  Model model;
  Session session;
  Arena arena;

  @BeforeEach
  void open() {
    engine = Engine.open();
    model = engine.compile(network, weights);
    session = model.newSession(N);
    arena = Arena.ofShared();
  }

  @AfterEach
  void close() {
    session.close();
    model.close();
    engine.close();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  MemorySegment floats(long count) {
    return arena.allocate(4 * count, 4);
  }

  static void fails(Class<? extends Exception> type, String message, Executable call) {
    Exception e = assertThrows(type, call);
    assertTrue(e.getMessage().contains(message), () -> "message: " + e.getMessage());
  }
}
