package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/// Rows normalised by their own mean and variance, or by their mean square: `kioku_normalize_f32`.
/// One thread at a time.
public final class NormalizationCall extends TeamCall {
  private static final int FIELDS = 15;
  private static final int THREADS = 11;

  private static final class Normalize {
    static final MethodHandle HANDLE = Downcall.of("kioku_normalize_f32", 1);
  }

  /// What rows are normalised by.
  public enum Kind {
    /// `x * scale + bias`.
    NOTHING(kioku_h.KIOKU_NORMALIZE_NOTHING()),
    /// Their mean square: the mean counts as 0.
    SQUARES(kioku_h.KIOKU_NORMALIZE_SQUARES()),
    /// Their variance, the mean taken off.
    CENTRED(kioku_h.KIOKU_NORMALIZE_CENTRED()),
    /// The sum of their absolute values: `x / sum`, or 0; without scale and bias, as the next.
    L1(kioku_h.KIOKU_NORMALIZE_L1()),
    /// The root of the sum of their squares.
    L2(kioku_h.KIOKU_NORMALIZE_L2());

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  /// A call whose sizes are still to be set: `(x - mean) / (sqrt(variance + epsilon) + floor)`.
  public NormalizationCall(
      Kind kind, double epsilon, double floor, int threads, SegmentAllocator allocator) {
    super(FIELDS, THREADS, threads, allocator);
    set(4, kind.code);
    set(13, epsilon);
    set(14, floor);
  }

  /// Sets the sizes.
  ///
  /// @param run elements side by side that share a scale; divides the columns
  /// @param scales how many scales there are, which are taken in turn
  public void sizes(long rows, long columns, long run, long scales) {
    set(0, rows);
    set(1, columns);
    set(2, run);
    set(3, scales);
  }

  /// Computes. What addresses point to is the caller's to check.
  ///
  /// @param scale 0: 1
  /// @param bias 0: none
  /// @param mean where each row's goes; 0 if nobody wants it
  /// @param inverse where the reciprocal of each row's deviation goes, likewise
  public void run(long scale, long bias, long x, long y, long mean, long inverse) {
    set(5, scale);
    set(6, bias);
    set(7, x);
    set(8, y);
    set(9, mean);
    set(10, inverse);
    share();
  }

  @Override
  void invoke() throws Throwable {
    Normalize.HANDLE.invokeExact(address());
  }
}
