package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/// The numbers of (outer, count, inner) along the axis in the middle become one each:
/// `kioku_reduce`. One thread at a time.
public final class ReductionCall extends StructCall {
  private static final int FIELDS = 10;

  private static final class Reduce {
    static final MethodHandle HANDLE = Downcall.of("kioku_reduce", 1);
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

  /// A call whose sizes are still to be set.
  public ReductionCall(SegmentAllocator allocator) {
    super(FIELDS, allocator);
  }

  /// Sets what is computed.
  ///
  /// @param to the result's type: `from`, or float64, int64 or uint64 to lose nothing
  public void types(KiokuType from, KiokuType to) {
    set(0, from);
    set(1, to);
  }

  /// Sets what is computed, and the sizes.
  ///
  /// @param total what a sum is divided by
  public void sizes(Kind kind, Finish finish, long total, long outer, long count, long inner) {
    set(2, kind.code);
    set(3, finish.code);
    set(4, total);
    set(5, outer);
    set(6, count);
    set(7, inner);
  }

  /// Computes. What addresses point to is the caller's to check.
  public void run(long x, long y) {
    set(8, x);
    set(9, y);
    call();
  }

  @Override
  void invoke() throws Throwable {
    Reduce.HANDLE.invokeExact(address());
  }
}
