package io.kioku.internal.ffi;

import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/// The sums of (outer, count, inner) up to each element along the axis in the middle:
/// `kioku_running_sum`. One thread at a time.
public final class RunningSumCall extends StructCall {
  private static final int FIELDS = 8;

  private static final class RunningSum {
    static final MethodHandle HANDLE = Downcall.of("kioku_running_sum", 1);
  }

  /// A call whose sizes are still to be set.
  ///
  /// @param isExclusive an element is not part of its sum
  /// @param isReverse from the last element
  public RunningSumCall(boolean isExclusive, boolean isReverse, SegmentAllocator allocator) {
    super(FIELDS, allocator);
    set(1, isExclusive);
    set(2, isReverse);
  }

  /// Sets the elements' type, which is not Boolean, and the sizes.
  public void sizes(KiokuType type, long outer, long count, long inner) {
    set(0, type);
    set(3, outer);
    set(4, count);
    set(5, inner);
  }

  /// Computes. What addresses point to is the caller's to check.
  public void run(long x, long y) {
    set(6, x);
    set(7, y);
    call();
  }

  @Override
  void invoke() throws Throwable {
    RunningSum.HANDLE.invokeExact(address());
  }
}
