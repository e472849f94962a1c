package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogitsTest {
  @Test
  void probabilitiesAreTheSoftmax() {
    float[] logits = {1, 2, 3};
    double sum = Math.exp(1) + Math.exp(2) + Math.exp(3);
    double[] expected = {Math.exp(1) / sum, Math.exp(2) / sum, Math.exp(3) / sum};
    assertArrayEquals(expected, Logits.probabilities(logits), 1e-15);
  }

  @Test
  void probabilitiesAndBitsAgree() {
    float[] logits = {-3.5f, 0, 7, 2.25f};
    for (int k = 0; k < logits.length; k++) {
      double bits = -Math.log(Logits.probabilities(logits)[k]) / Math.log(2);
      assertEquals(Logits.bits(logits, k), bits, 1e-12);
    }
  }

  @Test
  void largeLogitsDoNotOverflow() {
    float[] logits = {1e30f, 1e30f, -1e30f, Float.NEGATIVE_INFINITY};
    assertArrayEquals(new double[] {0.5, 0.5, 0, 0}, Logits.probabilities(logits));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void whatGivesNoProbabilitiesIsRefused(float logit) {
    Exception e =
        assertThrows(
            IllegalArgumentException.class, () -> Logits.probabilities(new float[] {0, logit}));
    assertTrue(e.getMessage().contains("the largest logit is " + logit), e.getMessage());
  }
}
