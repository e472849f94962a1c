package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Weights;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HeadTest {
  private static final Weights IDENTITY =
      Weights.none().with("weight", new float[] {1, 0, 0, 1}, 2, 2);

  @ParameterizedTest
  @EnumSource
  @Tag("tiers")
  void everyBackendGivesPyTorchsProbabilities(Backend backend) {
    Golden golden = Golden.read("head");
    try (Engine engine = Engine.open(backend);
        Head head = Head.load(engine, golden.weights());
        HeadSession session = head.newSession(golden.size("N"))) {
      assertEquals(golden.size("I"), head.inputSize());
      assertEquals(golden.size("K"), head.classes());
      float[] y = new float[golden.values("p").length];
      session.probabilities(golden.values("x"), y);
      golden.assertNear("p", y, backend);
      session.logProbabilities(golden.values("x"), y);
      golden.assertNear("log", y, backend);
    }
  }

  @Test
  void farApartLogitsNeitherOverflowNorVanish() {
    try (Engine engine = Engine.open(Backend.REFERENCE);
        Head head = Head.load(engine, IDENTITY);
        HeadSession session = head.newSession(1)) {
      float[] y = new float[4];
      session.probabilities(new float[] {1e30f, -1e30f, 500, 500}, y);
      assertArrayEquals(new float[] {1, 0, .5f, .5f}, y);
      session.logProbabilities(new float[] {1000, -1000, -3e4f, -2e4f}, y);
      assertArrayEquals(new float[] {0, -2000, -1e4f, 0}, y);
    }
  }

  @Test
  void whatIsWrongIsRefused() {
    try (Engine engine = Engine.open(Backend.REFERENCE);
        Head head = Head.load(engine, IDENTITY);
        HeadSession session = head.newSession(1)) {
      Class<IllegalArgumentException> refused = IllegalArgumentException.class;
      float[] nan = {0, Float.NaN};
      assertThrows(refused, () -> session.probabilities(new float[3], new float[2]));
      assertThrows(refused, () -> session.logProbabilities(new float[2], new float[3]));
      assertThrows(refused, () -> session.probabilities(nan, new float[2]));
      assertThrows(refused, () -> session.logProbabilities(nan, new float[2]));
      assertThrows(refused, () -> head.newSession(0));
      assertThrows(refused, () -> Head.load(engine, Weights.none()));
    }
  }

  @Test
  void whatIsClosedRefusesUse() {
    try (Engine engine = Engine.open(Backend.REFERENCE)) {
      Head head = Head.load(engine, IDENTITY);
      HeadSession closed = head.newSession(1);
      closed.close();
      closed.close();
      assertClosed(
          "the head session is closed", () -> closed.probabilities(new float[2], new float[2]));
      try (HeadSession open = head.newSession(1)) {
        head.close();
        head.close();
        assertClosed("the head is closed", () -> open.logProbabilities(new float[2], new float[2]));
      }
      assertClosed("the head is closed", () -> head.newSession(1));
    }
  }

  private static void assertClosed(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalStateException.class, action::run).getMessage());
  }
}
