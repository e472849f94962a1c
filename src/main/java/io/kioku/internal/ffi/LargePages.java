package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory for much that is read again and again: `kioku_memory_new`.
public final class LargePages {
  /// Bytes of a page, to which the memory is rounded up.
  public static final long PAGE = 2L << 20;

  private LargePages() {}

  /// Zeros that live as long as the arena.
  ///
  /// @param bytes at least 1
  /// @throws OutOfMemoryError if the system has no such memory
  public static MemorySegment allocate(long bytes, Arena arena) {
    Kernels.get();
    MemorySegment memory = kioku_h.kioku_memory_new(bytes);
    if (memory.address() == 0) {
      throw new OutOfMemoryError("no %,d bytes of native memory".formatted(bytes));
    }
    try {
      return memory.reinterpret(bytes, arena, m -> kioku_h.kioku_memory_free(m, bytes));
    } catch (RuntimeException | Error e) {
      kioku_h.kioku_memory_free(memory, bytes);
      throw e;
    }
  }
}
