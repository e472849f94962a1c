package io.kioku.internal.ffi;

import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/// The first k of (outer, count, inner) along the axis in the middle, if it were sorted:
/// `kioku_top_k`. One thread at a time.
public final class TopCall extends StructCall {
  /// int64 of work memory for each of the k elements.
  public static final int WORK = 2;

  private static final int FIELDS = 10;

  private static final class Top {
    static final MethodHandle HANDLE = Downcall.of("kioku_top_k", 1);
  }

  /// A call whose sizes are still to be set.
  public TopCall(boolean isLeast, SegmentAllocator allocator) {
    super(FIELDS, allocator);
    set(1, isLeast);
  }

  /// Sets the elements' type, which is not Boolean, and the sizes.
  ///
  /// @param k 1 to count
  public void sizes(KiokuType type, long outer, long count, long inner, long k) {
    set(0, type);
    set(2, outer);
    set(3, count);
    set(4, inner);
    set(5, k);
  }

  /// Computes. What addresses point to is the caller's to check.
  ///
  /// @param indices int64; 0 if nobody wants them
  public void run(long x, long values, long indices, long work) {
    set(6, x);
    set(7, values);
    set(8, indices);
    set(9, work);
    call();
  }

  @Override
  void invoke() throws Throwable {
    Top.HANDLE.invokeExact(address());
  }
}
