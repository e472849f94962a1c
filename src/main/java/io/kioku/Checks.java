package io.kioku;

import java.lang.foreign.MemorySegment;

/// What must hold of arguments before native code sees them. Messages name the argument, what was
/// expected, what came.
final class Checks {
  private Checks() {}

  static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s is %d, expected at least 1".formatted(name, value));
    }
  }

  static void index(String name, int value, int size) {
    if (value < 0 || value >= size) {
      throw new IndexOutOfBoundsException(
          "%s is %d, expected 0 to %d".formatted(name, value, size - 1));
    }
  }

  static void disjoint(MemorySegment x, MemorySegment y) {
    if (x.address() < y.address() + y.byteSize() && y.address() < x.address() + x.byteSize()) {
      throw new IllegalArgumentException("x and y overlap, expected separate memory");
    }
  }
}
