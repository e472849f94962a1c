package io.kioku.internal.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// A convolution of 8-bit codes, and what becomes of its sums: `kioku_convolution_int8`. One thread
/// at a time.
///
/// All is set by addresses, whose memory must stay until the call; what they point to is the
/// caller's to check. An address of 0 is nothing.
public final class IntegerConvolutionCall extends ConvolutionCall {
  /// Fields of `kioku_int8_convolution`.
  private static final int FIELDS = 15;

  private static final int PACKED = 0;
  private static final int WEIGHTS_SIGNED = 1;
  private static final int WEIGHTS_ZERO = 2;
  private static final int WEIGHTS_ZERO_STEP = 3;
  private static final int OFFSETS = 4;
  private static final int SCALES = 5;
  private static final int SCALES_STEP = 6;
  private static final int X_SIGNED = 7;
  private static final int X = 8;
  private static final int X_ZERO = 9;
  private static final int Y_TYPE = 10;
  private static final int Y = 11;
  private static final int SCALE = 12;
  private static final int Y_SCALE = 13;
  private static final int Y_ZERO = 14;

  private static final class Convolve {
    static final MethodHandle HANDLE = Downcall.of("kioku_convolution_int8", 3);
    static final MethodHandle WORK = Downcall.ofLong("kioku_int8_convolution_work", 2);
  }

  private static final class Packing {
    static final MethodHandle SIZE = Downcall.ofLong("kioku_packed_int8_rows_size", 2);
    static final MethodHandle PACK = Downcall.of("kioku_pack_int8_rows", 5);
  }

  private final MemorySegment codes;

  /// A call whose parts are still to be set.
  public IntegerConvolutionCall(int threads, SegmentAllocator allocator) {
    super(threads, allocator);
    codes = allocator.allocate((long) FIELDS * Long.BYTES, Long.BYTES);
  }

  /// Bytes that [#pack] writes.
  ///
  /// @param outputs of all groups
  /// @param inputs codes of an output
  public static long packedBytes(long outputs, long inputs) {
    Kernels.get();
    try {
      return (long) Packing.SIZE.invokeExact(outputs, inputs);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Packs weights (outputs, inputs).
  ///
  /// @param to for [#packedBytes]
  public static void pack(boolean isSigned, long codes, long outputs, long inputs, long to) {
    try {
      Packing.PACK.invokeExact(isSigned ? 1L : 0L, codes, outputs, inputs, to);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Sets the weights.
  ///
  /// @param packed by [#pack]
  /// @param zero of all outputs, or of each of them
  public void weights(boolean isSigned, long packed, long zero, boolean isZeroEach) {
    put(WEIGHTS_SIGNED, isSigned ? 1 : 0);
    put(PACKED, packed);
    put(WEIGHTS_ZERO, zero);
    put(WEIGHTS_ZERO_STEP, isZeroEach ? 1 : 0);
  }

  /// Sets the input, and its zero point.
  public void input(boolean isSigned, long x, long zero) {
    put(X_SIGNED, isSigned ? 1 : 0);
    put(X, x);
    put(X_ZERO, zero);
  }

  /// The sums are the result, as int32.
  public void giveSums(long y) {
    put(Y_TYPE, KiokuType.S32.code());
    put(Y, y);
    put(OFFSETS, 0);
    put(SCALES, 0);
  }

  /// Codes are: `saturate(round((sum + offsets) * (scale * scales / yScale)) + yZero)`.
  ///
  /// @param offsets an int32 for each output
  /// @param scales of all outputs, or of each of them
  public void giveCodes(
      boolean isSigned,
      long y,
      long offsets,
      long scale,
      long scales,
      boolean isScaleEach,
      long yScale,
      long yZero) {
    put(Y_TYPE, (isSigned ? KiokuType.S8 : KiokuType.U8).code());
    put(Y, y);
    put(OFFSETS, offsets);
    put(SCALE, scale);
    put(SCALES, scales);
    put(SCALES_STEP, isScaleEach ? 1 : 0);
    put(Y_SCALE, yScale);
    put(Y_ZERO, yZero);
  }

  /// Computes.
  ///
  /// @param work [#workBytes], aligned to 64
  public void runCodes(long work) {
    run(work);
  }

  private void put(int field, long value) {
    codes.set(ValueLayout.JAVA_LONG, (long) field * Long.BYTES, value);
  }

  @Override
  public long workBytes() {
    try {
      return (long) Convolve.WORK.invokeExact(window(), (long) threads());
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  void invoke() throws Throwable {
    Convolve.HANDLE.invokeExact(window(), address(), codes.address());
  }
}
