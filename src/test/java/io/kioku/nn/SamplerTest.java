package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static final float[] LOGITS = {0.5f, -1, 2, 2, 1.25f, -30};

  @Test
  void greedyTakesTheFirstOfTheLargest() {
    assertEquals(2, new Sampler(0, 1).next(LOGITS));
    assertEquals(2, new Sampler(0.0, 99).next(LOGITS));
    assertEquals(2, new Sampler(-0.0, 1).next(LOGITS));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, -0.001, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void temperaturesThatAreNoneAreRefused(double temperature) {
    assertThrows(IllegalArgumentException.class, () -> new Sampler(temperature, 1));
  }

  @Test
  void choicesFollowTheDocumentedAlgorithm() {
    Sampler sampler = new Sampler(0.8, 1234567);
    long state = 1234567;
    // SplitMix64 as published, whose first value of this seed is widely quoted.
    assertEquals(6457827717110365317L, splitMix64(state + 0x9e3779b97f4a7c15L));
    for (int i = 0; i < 2000; i++) {
      state += 0x9e3779b97f4a7c15L;
      double u = (splitMix64(state) >>> 11) * 0x1p-53;
      double[] weights = new double[LOGITS.length];
      Arrays.setAll(weights, k -> StrictMath.exp((LOGITS[k] - 2.0) / 0.8));
      double sum = 0;
      for (double weight : weights) {
        sum += weight;
      }
      int expected = 0;
      double reached = weights[0];
      while (reached <= u * sum) {
        reached += weights[++expected];
      }
      assertEquals(expected, sampler.next(LOGITS), "choice " + i);
    }
  }

  private static long splitMix64(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  @Test
  void frequenciesFollowTheProbabilities() {
    Sampler sampler = new Sampler(1, 7);
    int draws = 100_000;
    int[] counts = new int[LOGITS.length];
    for (int i = 0; i < draws; i++) {
      counts[sampler.next(LOGITS)]++;
    }
    double sum = 0;
    for (float logit : LOGITS) {
      sum += Math.exp(logit);
    }
    for (int k = 0; k < LOGITS.length; k++) {
      double p = Math.exp(LOGITS[k]) / sum;
      double deviation = Math.sqrt(draws * p * (1 - p));
      assertEquals(draws * p, counts[k], 4 * deviation + 1, "symbol " + k);
    }
  }

  @Test
  void theSmallestTemperatureStillDraws() {
    Sampler sampler = new Sampler(Double.MIN_VALUE, 1);
    for (int i = 0; i < 100; i++) {
      int chosen = sampler.next(LOGITS);
      assertEquals(2, LOGITS[chosen]);
    }
  }

  @Test
  void anImpossibleSymbolIsNeverChosen() {
    float[] logits = new float[256];
    Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    logits[17] = -3;
    logits[200] = -3;
    Sampler sampler = new Sampler(Double.MAX_VALUE, 3);
    for (int i = 0; i < 1000; i++) {
      assertNotEquals(Float.NEGATIVE_INFINITY, logits[sampler.next(logits)]);
    }
  }

  @Test
  void logitsWithoutProbabilitiesAreRefused() {
    for (float[] logits :
        new float[][] {
          {}, {1, Float.NaN}, {Float.POSITIVE_INFINITY, 1}, {Float.NEGATIVE_INFINITY}
        }) {
      assertThrows(IllegalArgumentException.class, () -> new Sampler(0, 1).next(logits));
      assertThrows(IllegalArgumentException.class, () -> new Sampler(1, 1).next(logits));
    }
  }
}
