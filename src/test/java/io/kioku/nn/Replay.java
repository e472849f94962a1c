package io.kioku.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.random.RandomGenerator;

/// A random generator whose normal numbers are given; it has no others.
final class Replay implements RandomGenerator {
  private final float[] numbers;
  private int next;

  Replay(float[] numbers) {
    this.numbers = numbers;
  }

  @Override
  public double nextGaussian() {
    return numbers[next++];
  }

  @Override
  public long nextLong() {
    throw new AssertionError("only normal numbers are to be drawn");
  }

  /// All numbers were drawn, and no more.
  void assertUsedUp() {
    assertEquals(numbers.length, next);
  }
}
