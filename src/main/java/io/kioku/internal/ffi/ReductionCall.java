package io.kioku.internal.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The numbers of (outer, count, inner) along the axis in the middle become one each:
/// `kioku_reduce_f32`. One thread at a time.
public final class ReductionCall {
  private static final int FIELDS = 8;

  private static final class Reduce {
    static final MethodHandle HANDLE = Downcall.of("kioku_reduce_f32", 1);
  }

  /// What they become; in the order of `kioku_reduce`.
  public enum Kind {
    SUM,
    SUM_ABS,
    SUM_SQUARES,
    PRODUCT,
    MAX,
    MIN,
    LOG_SUM_EXP
  }

  /// What becomes of the result; in the order of `kioku_finish`.
  public enum Finish {
    NOTHING,
    DIVIDE,
    ROOT,
    LOG
  }

  private final MemorySegment struct;

  /// A call whose sizes are still to be set.
  public ReductionCall(SegmentAllocator allocator) {
    Kernels.get();
    struct = allocator.allocate((long) FIELDS * Long.BYTES, Long.BYTES);
  }

  private void set(int field, long value) {
    struct.set(ValueLayout.JAVA_LONG, (long) field * Long.BYTES, value);
  }

  /// Sets what is computed, and the sizes.
  ///
  /// @param total what a sum is divided by
  public void sizes(Kind kind, Finish finish, long total, long outer, long count, long inner) {
    set(0, kind.ordinal());
    set(1, finish.ordinal());
    set(2, total);
    set(3, outer);
    set(4, count);
    set(5, inner);
  }

  /// Computes. What addresses point to is the caller's to check.
  public void run(long x, long y) {
    set(6, x);
    set(7, y);
    try {
      Reduce.HANDLE.invokeExact(struct.address());
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }
}
