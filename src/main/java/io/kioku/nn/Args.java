package io.kioku.nn;

import io.kioku.Network;
import java.util.Arrays;

/// What must hold of arguments. Messages name the argument, what was expected, what came.
final class Args {
  private Args() {}

  static int positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s is %d, expected at least 1".formatted(name, value));
    }
    return value;
  }

  static int symbol(String name, int value, int count) {
    if (value < 0 || value >= count) {
      throw new IllegalArgumentException(
          "%s is %d, expected 0 to %d".formatted(name, value, count - 1));
    }
    return value;
  }

  /// An array's length.
  ///
  /// @param shape the shape in letters, as `(N, H)`
  static void length(String name, int length, String shape, int... sizes) {
    long expected = 1;
    for (int size : sizes) {
      expected = Math.multiplyExact(expected, size);
    }
    if (length != expected) {
      throw new IllegalArgumentException(
          "%s has %d values, expected %d: %s = %s"
              .formatted(name, length, expected, shape, Arrays.toString(sizes)));
    }
  }

  /// How many steps an array holds.
  ///
  /// @param shape the shape of a step in letters, as `N · H`
  static int steps(String name, int length, String shape, int rows, int width) {
    long step = (long) rows * width;
    if (length == 0 || length % step != 0) {
      throw new IllegalArgumentException(
          "%s has %d values, expected a multiple of %s = %d · %d"
              .formatted(name, length, shape, rows, width));
    }
    return Math.toIntExact(length / step);
  }

  /// A network that runs on (T, N, I), without anything beside it.
  static void timeFirst(String name, Network network) {
    if (network.isBatchFirst() || network.hasScore()) {
      throw new IllegalArgumentException(
          "%s is %s, expected time first, and a cell without score".formatted(name, network));
    }
  }

  /// The same for one that can run step by step.
  static void oneDirection(String name, Network network) {
    timeFirst(name, network);
    if (network.runsBackwards()) {
      throw new IllegalArgumentException(
          "%s runs backwards, expected forwards only: what follows is not there yet"
              .formatted(name));
    }
  }

  /// One length for each of N sequences.
  static void lengths(int[] lengths, int batch, int least, int steps) {
    if (lengths.length != batch) {
      throw new IllegalArgumentException(
          "%d lengths, expected one for each of %d sequences".formatted(lengths.length, batch));
    }
    for (int n = 0; n < batch; n++) {
      if (lengths[n] < least || lengths[n] > steps) {
        throw new IllegalArgumentException(
            "lengths[%d] is %d, expected %d to %d".formatted(n, lengths[n], least, steps));
      }
    }
  }
}
