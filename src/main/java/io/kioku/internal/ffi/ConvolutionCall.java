package io.kioku.internal.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// A convolution of data of any sizes with weights as they lie: `kioku_convolution_f32`. One thread
/// at a time.
public final class ConvolutionCall extends TeamCall {
  /// Fields of `kioku_convolution` and of `kioku_convolution_run`.
  private static final int CONVOLUTION = 14;

  private static final int RUN = 15;

  private static final int WEIGHTS = 12;
  private static final int BIAS = 13;
  private static final int X = 10;
  private static final int Y = 11;
  private static final int THREADS = 12;
  private static final int WORK = 14;

  private static final class Work {
    static final MethodHandle HANDLE = Downcall.ofLong("kioku_convolution_work", 1);
  }

  private static final class Convolve {
    static final MethodHandle HANDLE = Downcall.of("kioku_convolution_f32", 2);
  }

  private final MemorySegment convolution;

  /// A call whose sizes are still to be set.
  public ConvolutionCall(int threads, SegmentAllocator allocator) {
    super(RUN, THREADS, threads, allocator);
    convolution = allocator.allocate((long) CONVOLUTION * Long.BYTES, Long.BYTES);
  }

  private void describe(int field, long value) {
    convolution.set(ValueLayout.JAVA_LONG, (long) field * Long.BYTES, value);
  }

  private void describe(int field, long[] values) {
    for (int i = 0; i < values.length; i++) {
      describe(field + i, values[i]);
    }
  }

  /// Sets what moves over the positions: depth, height, width.
  ///
  /// @param inputs channels of each of the groups that the window sees
  /// @param outputs channels of each group that it gives
  public void window(
      long groups, long inputs, long outputs, long[] kernel, long[] strides, long[] dilations) {
    describe(0, groups);
    describe(1, inputs);
    describe(2, outputs);
    describe(3, kernel);
    describe(6, strides);
    describe(9, dilations);
  }

  /// Sets the sizes.
  ///
  /// @param in positions of x
  /// @param begin how many the first window begins before them
  /// @param out positions of y
  public void sizes(long batch, long[] in, long[] begin, long[] out) {
    set(0, batch);
    set(1, in);
    set(4, begin);
    set(7, out);
  }

  /// Bytes of work memory of a run, whatever the sizes.
  public long workBytes() {
    try {
      return (long) Work.HANDLE.invokeExact((long) threads());
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Computes. What addresses point to is the caller's to check.
  ///
  /// @param bias 0 for none
  /// @param work [#workBytes], aligned to 64
  public void run(long weights, long bias, long x, long y, long work) {
    describe(WEIGHTS, weights);
    describe(BIAS, bias);
    set(X, x);
    set(Y, y);
    set(WORK, work);
    share();
  }

  @Override
  void invoke() throws Throwable {
    Convolve.HANDLE.invokeExact(convolution.address(), address());
  }
}
