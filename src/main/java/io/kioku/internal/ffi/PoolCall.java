package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/// A pool over data of any sizes: `kioku_pool_f32`. One thread at a time.
public final class PoolCall extends TeamCall {
  private static final int FIELDS = 29;
  private static final int X = 23;
  private static final int Y = 24;
  private static final int INDICES = 25;
  private static final int IS_COLUMN_MAJOR = 26;
  private static final int THREADS = 27;

  private static final class Pool {
    static final MethodHandle HANDLE = Downcall.of("kioku_pool_f32", 1);
  }

  /// What becomes of what a window sees.
  public enum Kind {
    MAX(kioku_h.KIOKU_POOL_MAX()),
    MEAN(kioku_h.KIOKU_POOL_MEAN()),
    MEAN_PADDED(kioku_h.KIOKU_POOL_MEAN_PADDED());

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  /// A call whose sizes are still to be set.
  public PoolCall(Kind kind, int threads, SegmentAllocator allocator) {
    super(FIELDS, THREADS, threads, allocator);
    set(0, kind.code);
  }

  /// Sets the sizes, each of depth, height and width.
  ///
  /// @param in positions of a plane of x
  /// @param out positions of a plane of y
  /// @param begin padding before x, less than a window
  /// @param end and behind it, as far as it counts
  public void sizes(
      long planes,
      long[] in,
      long[] out,
      long[] kernel,
      long[] strides,
      long[] dilations,
      long[] begin,
      long[] end) {
    set(1, planes);
    set(2, in);
    set(5, out);
    set(8, kernel);
    set(11, strides);
    set(14, dilations);
    set(17, begin);
    set(20, end);
  }

  /// Computes. What addresses point to is the caller's to check.
  ///
  /// @param indices where the indices of maxima go, int64; 0 if nobody wants them
  /// @param isColumnMajor how they count
  public void run(long x, long y, long indices, boolean isColumnMajor) {
    set(X, x);
    set(Y, y);
    set(INDICES, indices);
    set(IS_COLUMN_MAJOR, isColumnMajor ? 1 : 0);
    share();
  }

  @Override
  void invoke() throws Throwable {
    Pool.HANDLE.invokeExact(address());
  }
}
