package io.kioku.internal.memory;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// What must hold of a caller's segment before its bytes are read or written. Every public method
/// that takes a segment asks here, so that none of them can end the JVM. Sizes depend on what the
/// segment is for, and are checked there. Messages name the argument, what was expected, what came.
public final class Segments {
  private Segments() {}

  /// A segment that Java may read: native, mapped or of an array; alive, and open to this thread.
  public static void readable(String name, MemorySegment segment) {
    Objects.requireNonNull(segment, name);
    if (segment.isNative() && segment.address() == 0 && segment.byteSize() > 0) {
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

  /// A segment that Java may write.
  public static void writable(String name, MemorySegment segment) {
    readable(name, segment);
    if (segment.isReadOnly()) {
      throw new IllegalArgumentException(name + " is read-only, expected a segment to write to");
    }
  }

  /// A segment of floats that native code may read.
  public static void nativeFloats(String name, MemorySegment segment) {
    readable(name, segment);
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
    if (segment.byteSize() % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "%s has %d bytes, expected a multiple of %d"
              .formatted(name, segment.byteSize(), Float.BYTES));
    }
  }

  /// A segment of floats that native code may write.
  public static void writableNativeFloats(String name, MemorySegment segment) {
    nativeFloats(name, segment);
    writable(name, segment);
  }
}
