package io.kioku.internal.ffi;

import java.lang.foreign.MemorySegment;

/// Memory whose owner keeps it alive while it is used, as a session does with its own and its
/// model's: a segment without a scope, which a native call need not hold and an access need not
/// check.
public final class Pinned {
  /// All memory there is, for addresses that somebody else has checked.
  public static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Pinned() {}

  /// The same memory. It must not be used after its arena is closed.
  public static MemorySegment of(MemorySegment segment) {
    return MemorySegment.ofAddress(segment.address()).reinterpret(segment.byteSize());
  }
}
