package io.kioku.internal.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// A convolution of data of any sizes with weights as they lie: `kioku_convolution_f32`. One thread
/// at a time.
public sealed class ConvolutionCall extends TeamCall permits IntegerConvolutionCall {
  /// Fields of `kioku_convolution` and of `kioku_convolution_run`.
  private static final int CONVOLUTION = 15;

  private static final int RUN = 19;

  private static final int WEIGHTS = 12;
  private static final int BIAS = 13;
  private static final int PACKED = 14;
  private static final int CHANNEL = 10;
  private static final int STEPS = 11;
  private static final int X = 14;
  private static final int Y = 15;
  private static final int THREADS = 16;
  private static final int WORK = 18;

  private static final class Work {
    static final MethodHandle HANDLE = Downcall.ofLong("kioku_convolution_work", 2);
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
  public final void window(
      long groups, long inputs, long outputs, long[] kernel, long[] strides, long[] dilations) {
    describe(0, groups);
    describe(1, inputs);
    describe(2, outputs);
    describe(3, kernel);
    describe(6, strides);
    describe(9, dilations);
  }

  /// Sets the sizes, of a y that is row-major without gaps.
  ///
  /// @param in positions of x
  /// @param begin how many the first window begins before them
  /// @param out positions of y
  public final void sizes(long batch, long[] in, long[] begin, long[] out) {
    set(0, batch);
    set(1, in);
    set(4, begin);
    set(7, out);
    set(CHANNEL, out[0] * out[1] * out[2]);
    set(STEPS, out[1] * out[2]);
    set(STEPS + 1, out[2]);
    set(STEPS + 2, 1);
  }

  /// Sets where results go.
  ///
  /// @param channel floats from a channel of y to the next
  /// @param steps from a position to the next along each axis
  public final void places(long channel, long[] steps) {
    set(CHANNEL, channel);
    set(STEPS, steps);
  }

  /// Sets weights of one group that are packed for few positions.
  ///
  /// @param packed of [Kernels#pack] in [WeightFormat#F32], with one gate; 0 for none
  public final void packed(long packed) {
    describe(PACKED, packed);
  }

  /// Bytes of work memory of a run.
  public long workBytes() {
    set(THREADS, threads());
    try {
      return (long) Work.HANDLE.invokeExact(convolution.address(), address());
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// Computes. What addresses point to is the caller's to check.
  ///
  /// @param bias 0 for none
  /// @param work [#workBytes], aligned to 64
  public final void run(long weights, long bias, long x, long y, long work) {
    describe(WEIGHTS, weights);
    describe(BIAS, bias);
    set(X, x);
    set(Y, y);
    run(work);
  }

  /// Computes what is set.
  final void run(long work) {
    set(WORK, work);
    share();
  }

  /// Where the window is described: `kioku_convolution`.
  final long window() {
    return convolution.address();
  }

  @Override
  void invoke() throws Throwable {
    Convolve.HANDLE.invokeExact(convolution.address(), address());
  }
}
