package io.kioku.internal.backend;

import io.kioku.internal.ffi.LargePages;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What the packed weights of a network live in: a shared arena that knows how many bytes it took.
///
/// Large weights lie side by side on large pages. Read once a step, in order, from the third-level
/// cache, they are there up to 1.4 times as fast as on pages of 4 KB.
final class WeightArena implements Arena {
  /// Bytes from which weights are large: what a second-level cache may not hold.
  private static final long LARGE = 512 << 10;

  private final Arena arena = Arena.ofShared();
  private MemorySegment rest = MemorySegment.NULL; // of the pages that were taken last
  private long bytes;

  /// The bytes taken from the system so far.
  synchronized long bytes() {
    return bytes;
  }

  @Override
  public synchronized MemorySegment allocate(long byteSize, long byteAlignment) {
    long skipped = -rest.address() & (byteAlignment - 1);
    if (skipped + byteSize <= rest.byteSize()) {
      MemorySegment segment = rest.asSlice(skipped, byteSize);
      rest = rest.asSlice(skipped + byteSize);
      return segment;
    }
    if (byteSize < LARGE) {
      bytes += byteSize;
      return arena.allocate(byteSize, byteAlignment);
    }
    long pages = Math.ceilDiv(byteSize, LargePages.PAGE);
    long taken = Math.multiplyExact(pages, LargePages.PAGE);
    MemorySegment memory = LargePages.allocate(taken, arena);
    bytes += taken;
    rest = memory.asSlice(byteSize);
    return memory.asSlice(0, byteSize);
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
