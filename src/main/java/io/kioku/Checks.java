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

  /// A segment that native code may read or write as floats: native, aligned, alive and open to
  /// this thread.
  static void floats(String name, MemorySegment segment) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException(
          name
              + " is a heap segment, expected a native one (as from Arena.allocate); the overloads"
              + " with float[] take arrays");
    }
    if (segment.isMapped()) {
      throw new IllegalArgumentException(
          name
              + " is mapped from a file, expected plain memory: native code that reads past a"
              + " file's end ends the JVM");
    }
    if (segment.address() % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "%s begins at address %d, expected a multiple of %d"
              .formatted(name, segment.address(), Float.BYTES));
    }
    if (segment.address() == 0 && segment.byteSize() > 0) {
      throw new IllegalArgumentException(
          name + " begins at address 0, where no memory is: did its allocation fail?");
    }
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException(
          name + " is closed: its arena must stay open while it is used");
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new IllegalArgumentException(
          name
              + " belongs to another thread's confined arena; use Arena.ofShared, or one of this"
              + " thread");
    }
  }

  static void writable(String name, MemorySegment segment) {
    if (segment.isReadOnly()) {
      throw new IllegalArgumentException(name + " is read-only, expected a segment to write to");
    }
  }

  static void disjoint(MemorySegment x, MemorySegment y) {
    if (x.address() < y.address() + y.byteSize() && y.address() < x.address() + x.byteSize()) {
      throw new IllegalArgumentException("x and y overlap, expected separate memory");
    }
  }
}
