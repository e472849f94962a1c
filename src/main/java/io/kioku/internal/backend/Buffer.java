package io.kioku.internal.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Native memory of a session that grows with need. It at least doubles, so that what it leaves
/// behind in the arena is never more than what it holds.
public final class Buffer {
  private static final long ALIGNMENT = 64;

  private final Arena arena;
  private MemorySegment segment = MemorySegment.NULL;

  /// An empty buffer whose memory will come from the arena.
  public Buffer(Arena arena) {
    this.arena = arena;
  }

  /// At least this many floats, aligned to a cache line. What was written before may be lost.
  ///
  /// @throws OutOfMemoryError if the system has no such memory
  public MemorySegment floats(long count) {
    return bytes(Math.multiplyExact(count, (long) Float.BYTES));
  }

  /// At least this many longs.
  public MemorySegment longs(long count) {
    return bytes(Math.multiplyExact(count, (long) Long.BYTES));
  }

  /// At least this many bytes.
  public MemorySegment bytes(long count) {
    if (segment.byteSize() < count) {
      segment = arena.allocate(Math.max(count, 2 * segment.byteSize()), ALIGNMENT);
    }
    return segment;
  }
}
