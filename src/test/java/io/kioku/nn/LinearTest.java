package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Session;
import io.kioku.Weights;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("tiers")
class LinearTest {
  private static final Weights MATRIX =
      Weights.none().with("weight", new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
  private static final Weights AFFINE = MATRIX.with("bias", new float[] {10, 20, 30}, 3);

  @ParameterizedTest
  @EnumSource
  void eachVectorIsMappedByItself(Backend backend) {
    try (Engine engine = Engine.open(backend);
        Linear linear = Linear.load(engine, AFFINE);
        Session session = linear.newSession(2)) {
      assertEquals(2, linear.inputSize());
      assertEquals(3, linear.outputSize());
      float[] x = {1, 0, 0, 1, 1, 1, -1, 2}; // (T 2, N 2, in 2)
      float[] y = {11, 23, 35, 12, 24, 36, 13, 27, 41, 13, 25, 37};
      assertArrayEquals(y, session.run(x));
      assertArrayEquals(y, session.run(x)); // whatever came before
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutBiasItIsTheProduct(Backend backend) {
    try (Engine engine = Engine.open(backend);
        Linear linear = Linear.load(engine, MATRIX);
        Session session = linear.newSession(1)) {
      assertArrayEquals(new float[] {3, 7, 11}, session.run(new float[] {1, 1}));
    }
  }

  @Test
  void tensorsThatAreNoAffineMapAreRefused() {
    try (Engine engine = Engine.open(Backend.REFERENCE)) {
      refused(engine, "the weights: no tensor weight, expected a matrix", Weights.none());
      refused(
          engine,
          "the weights: bias is float32[2], expected float32[3]",
          MATRIX.with("bias", new float[2], 2));
      refused(
          engine,
          "the weights: unexpected tensors [scale], expected [bias, weight]",
          AFFINE.with("scale", new float[3], 3));
    }
  }

  @Test
  void closedItMakesNoSessions() {
    try (Engine engine = Engine.open(Backend.REFERENCE)) {
      Linear linear = Linear.load(engine, AFFINE);
      linear.close();
      linear.close();
      assertThrows(IllegalStateException.class, () -> linear.newSession(1));
    }
  }

  private static void refused(Engine engine, String message, Weights weights) {
    var e = assertThrows(IllegalArgumentException.class, () -> Linear.load(engine, weights));
    assertEquals(message, e.getMessage());
  }
}
