package io.kioku.nn;

import java.util.SplittableRandom;

/// Chooses the next symbol from logits.
///
///     Sampler greedy = new Sampler(0, 0);       // always the most likely
///     Sampler sampler = new Sampler(0.7, 1);    // temperature 0.7, seed 1
///     int symbol = sampler.next(logits);
///
/// At temperature 0 it is the first of the largest. At a temperature T it is symbol k with a
/// probability proportional to `w_k = exp((logit_k - max) / T)`: a random number u, uniform in [0,
/// 1), picks the first k with `w_0 + … + w_k > u · (w_0 + w_1 + …)`. The numbers are those of
/// SplitMix64 (Steele, Lea & Flood, *Fast Splittable Pseudorandom Number Generators*, 2014) from
/// the seed, of which the upper 53 bits of 64 count.
///
/// All of it is exact on every machine: from equal logits follow equal choices. Logits themselves
/// differ in their last digits between backends and instruction sets, which changes a choice only
/// if u falls into the gap: some times in a million symbols.
///
/// Not thread-safe: each stream has its own.
public final class Sampler {
  private final double temperature;
  private final SplittableRandom random;
  private double[] weights = {};

  /// A sampler at the beginning of its random numbers.
  ///
  /// @param temperature 0 for the most likely symbol, 1 for the model's own probabilities, more for
  ///   more variety
  /// @param seed any number; the same one gives the same choices
  /// @throws IllegalArgumentException if the temperature is negative, infinite or NaN
  public Sampler(double temperature, long seed) {
    if (!(temperature >= 0) || Double.isInfinite(temperature)) {
      throw new IllegalArgumentException(
          "temperature is %s, expected a finite number from 0 up".formatted(temperature));
    }
    this.temperature = temperature;
    this.random = new SplittableRandom(seed);
  }

  /// The index of the chosen logit.
  ///
  /// @param logits at least one; the largest must be finite
  /// @throws IllegalArgumentException if they give no probabilities: none, NaN, or infinite
  public int next(float[] logits) {
    double max = Logits.max(logits);
    if (temperature == 0) {
      int first = 0;
      while (logits[first] != max) {
        first++;
      }
      return first;
    }
    return draw(logits, max);
  }

  private int draw(float[] logits, double max) {
    if (weights.length < logits.length) {
      weights = new double[logits.length];
    }
    double sum = 0;
    for (int k = 0; k < logits.length; k++) {
      weights[k] = StrictMath.exp((logits[k] - max) / temperature);
      sum += weights[k];
    }
    double threshold = random.nextDouble() * sum;
    double reached = 0;
    int chosen = 0;
    for (int k = 0; k < logits.length && reached <= threshold; k++) {
      if (weights[k] > 0) { // so that rounding at the end chooses none that is impossible
        reached += weights[k];
        chosen = k;
      }
    }
    return chosen;
  }
}
