package io.kioku.internal.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/// A shared arena that knows how many bytes it gave out.
final class CountingArena implements Arena {
  private final Arena arena = Arena.ofShared();
  private final AtomicLong bytes = new AtomicLong();

  /// The bytes of all segments so far.
  long bytes() {
    return bytes.get();
  }

  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    MemorySegment segment = arena.allocate(byteSize, byteAlignment);
    bytes.addAndGet(byteSize);
    return segment;
  }

  @Override
  public MemorySegment.Scope scope() {
    return arena.scope();
  }

  @Override
  public void close() {
    arena.close();
  }
}
