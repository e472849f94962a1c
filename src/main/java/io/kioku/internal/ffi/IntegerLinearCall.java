package io.kioku.internal.ffi;

import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/// A product of any number of rows of 8-bit codes with packed ones, and what becomes of its sums:
/// `kioku_linear_int8`. One thread at a time.
///
/// All is set by addresses, whose memory must stay until the call; what they point to is the
/// caller's to check. An address of 0 is nothing.
public final class IntegerLinearCall extends TeamCall {
  /// Fields of `kioku_int8_linear`.
  private static final int FIELDS = 24;

  private static final int INPUTS = 0;
  private static final int OUTPUTS = 1;
  private static final int PACKED = 2;
  private static final int WEIGHTS_SIGNED = 3;
  private static final int WEIGHTS_ZERO = 4;
  private static final int WEIGHTS_ZERO_STEP = 5;
  private static final int OFFSETS = 6;
  private static final int ROWS = 7;
  private static final int X_SIGNED = 8;
  private static final int X = 9;
  private static final int X_ZERO = 10;
  private static final int X_ZERO_STEP = 11;
  private static final int Y_TYPE = 12;
  private static final int Y = 13;
  private static final int SCALE = 14;
  private static final int SCALES = 15;
  private static final int SCALES_STEP = 16;
  private static final int BIAS = 17;
  private static final int BIAS_ROW = 18;
  private static final int Y_SCALE = 19;
  private static final int Y_ZERO = 20;
  private static final int THREADS = 21;
  private static final int WORK = 23;

  private static final class Linear {
    static final MethodHandle HANDLE = Downcall.of("kioku_linear_int8", 1);
    static final MethodHandle WORK = Downcall.ofLong("kioku_int8_linear_work", 2);
  }

  /// A call whose parts are still to be set.
  public IntegerLinearCall(int threads, SegmentAllocator allocator) {
    super(FIELDS, THREADS, threads, allocator);
  }

  /// Sets the sizes, and whether codes are int8 instead of uint8.
  public void sizes(long inputs, long outputs, boolean isSigned, boolean areWeightsSigned) {
    set(INPUTS, inputs);
    set(OUTPUTS, outputs);
    set(X_SIGNED, isSigned ? 1 : 0);
    set(WEIGHTS_SIGNED, areWeightsSigned ? 1 : 0);
  }

  /// Bytes of work memory of a run, whatever the rows.
  public long workBytes(long inputs) {
    try {
      return (long) Linear.WORK.invokeExact(inputs, (long) threads());
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Sets the weights.
  ///
  /// @param packed by [IntegerCodes#pack]
  /// @param zero of all outputs, or of each of them
  public void weights(long packed, long zero, boolean isZeroEach) {
    set(PACKED, packed);
    set(WEIGHTS_ZERO, zero);
    set(WEIGHTS_ZERO_STEP, isZeroEach ? 1 : 0);
  }

  /// Sets what is added to the sums: an int32 for each output.
  public void offsets(long offsets) {
    set(OFFSETS, offsets);
  }

  /// Sets the zero point of all rows, or of each of them.
  public void zero(long zero, boolean isEach) {
    set(X_ZERO, zero);
    set(X_ZERO_STEP, isEach ? 1 : 0);
  }

  /// The sums are the result, as int32.
  public void giveSums() {
    set(Y_TYPE, KiokuType.S32.code());
    set(SCALES, 0);
  }

  /// Numbers are: `sum * (scale * scales) + bias`.
  ///
  /// @param scales of all outputs, or of each of them
  /// @param biasRow floats from the bias of a row to that of the next
  public void giveNumbers(long scale, long scales, boolean isScaleEach, long bias, long biasRow) {
    set(Y_TYPE, KiokuType.F32.code());
    scales(scale, scales, isScaleEach);
    set(Y_SCALE, 0);
    set(BIAS, bias);
    set(BIAS_ROW, biasRow);
  }

  /// Codes are: `saturate(round(sum * (scale * scales / yScale)) + yZero)`.
  public void giveCodes(
      long scale, long scales, boolean isScaleEach, long yScale, long yZero, boolean isSigned) {
    set(Y_TYPE, (isSigned ? KiokuType.S8 : KiokuType.U8).code());
    scales(scale, scales, isScaleEach);
    set(Y_SCALE, yScale);
    set(Y_ZERO, yZero);
  }

  private void scales(long scale, long scales, boolean isEach) {
    set(SCALE, scale);
    set(SCALES, scales);
    set(SCALES_STEP, isEach ? 1 : 0);
  }

  /// Computes rows of outputs from rows of inputs.
  ///
  /// @param work [#workBytes], aligned to 64
  public void run(long rows, long x, long y, long work) {
    set(ROWS, rows);
    set(X, x);
    set(Y, y);
    set(WORK, work);
    share();
  }

  @Override
  void invoke() throws Throwable {
    Linear.HANDLE.invokeExact(address());
  }
}
