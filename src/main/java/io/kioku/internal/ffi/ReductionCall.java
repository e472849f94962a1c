package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
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

  /// What they become.
  public enum Kind {
    SUM(kioku_h.KIOKU_REDUCE_SUM()),
    SUM_ABS(kioku_h.KIOKU_REDUCE_SUM_ABS()),
    SUM_SQUARES(kioku_h.KIOKU_REDUCE_SUM_SQUARES()),
    PRODUCT(kioku_h.KIOKU_REDUCE_PRODUCT()),
    MAX(kioku_h.KIOKU_REDUCE_MAX()),
    MIN(kioku_h.KIOKU_REDUCE_MIN()),
    LOG_SUM_EXP(kioku_h.KIOKU_REDUCE_LOG_SUM_EXP());

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  /// What becomes of the result.
  public enum Finish {
    NOTHING(kioku_h.KIOKU_FINISH_NOTHING()),
    DIVIDE(kioku_h.KIOKU_FINISH_DIVIDE()),
    ROOT(kioku_h.KIOKU_FINISH_ROOT()),
    LOG(kioku_h.KIOKU_FINISH_LOG());

    private final int code;

    Finish(int code) {
      this.code = code;
    }
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
    set(0, kind.code);
    set(1, finish.code);
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
