package io.kioku.internal.ffi;

import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/// Where the greatest or least of (outer, count, inner) along the axis in the middle are:
/// `kioku_extreme_index`. One thread at a time.
public final class ExtremeCall extends StructCall {
  private static final int FIELDS = 8;

  private static final class Extreme {
    static final MethodHandle HANDLE = Downcall.of("kioku_extreme_index", 1);
  }

  /// A call whose sizes are still to be set.
  ///
  /// @param isLast the last of equal elements, not the first
  public ExtremeCall(boolean isLeast, boolean isLast, SegmentAllocator allocator) {
    super(FIELDS, allocator);
    set(1, isLeast);
    set(2, isLast);
  }

  /// Sets the elements' type, which is not Boolean, and the sizes.
  ///
  /// @param count at least 1
  public void sizes(KiokuType type, long outer, long count, long inner) {
    set(0, type);
    set(3, outer);
    set(4, count);
    set(5, inner);
  }

  /// Computes. What addresses point to is the caller's to check.
  ///
  /// @param y int64
  public void run(long x, long y) {
    set(6, x);
    set(7, y);
    call();
  }

  @Override
  void invoke() throws Throwable {
    Extreme.HANDLE.invokeExact(address());
  }
}
