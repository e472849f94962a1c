package io.kioku.internal.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Memory for much that is read again and again: `kioku_memory_new`.
public final class LargePages {
  /// Bytes of a page, to which the memory is rounded up.
  public static final long PAGE = 2L << 20;

  private static final class New {
    static final MethodHandle HANDLE = Downcall.ofLong("kioku_memory_new", 1);
  }

  private static final class Free {
    static final MethodHandle HANDLE = Downcall.of("kioku_memory_free", 2);
  }

  private LargePages() {}

  /// Zeros that live as long as the arena.
  ///
  /// @param bytes at least 1
  /// @throws OutOfMemoryError if the system has no such memory
  public static MemorySegment allocate(long bytes, Arena arena) {
    Kernels.get();
    long memory = take(bytes);
    if (memory == 0) {
      throw new OutOfMemoryError("no %,d bytes of native memory".formatted(bytes));
    }
    try {
      return MemorySegment.ofAddress(memory)
          .reinterpret(bytes, arena, m -> give(m.address(), bytes));
    } catch (RuntimeException | Error e) {
      give(memory, bytes);
      throw e;
    }
  }

  private static long take(long bytes) {
    try {
      return (long) New.HANDLE.invokeExact(bytes);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  private static void give(long memory, long bytes) {
    try {
      Free.HANDLE.invokeExact(memory, bytes);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }
}
