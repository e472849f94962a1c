package io.kioku.internal.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// A convolution of data of any sizes with weights as they lie: `kioku_convolution_f32`. One thread
/// at a time.
public sealed class ConvolutionCall permits IntegerConvolutionCall {
  /// Fields of `kioku_convolution` and of `kioku_convolution_run`.
  private static final int CONVOLUTION = 14;

  private static final int RUN = 15;

  private static final int WEIGHTS = 12;
  private static final int BIAS = 13;
  private static final int X = 10;
  private static final int Y = 11;
  private static final int THREADS = 12;
  private static final int TEAM = 13;
  private static final int WORK = 14;

  private static final class Work {
    static final MethodHandle HANDLE = Downcall.ofLong("kioku_convolution_work", 1);
  }

  private static final class Convolve {
    static final MethodHandle HANDLE = Downcall.of("kioku_convolution_f32", 2);
  }

  private final MemorySegment convolution;
  private final MemorySegment run;
  private final int threads;

  /// A call whose sizes are still to be set.
  public ConvolutionCall(int threads, SegmentAllocator allocator) {
    Kernels.get();
    this.threads = threads;
    convolution = allocator.allocate((long) CONVOLUTION * Long.BYTES, Long.BYTES);
    run = allocator.allocate((long) RUN * Long.BYTES, Long.BYTES);
  }

  static void set(MemorySegment struct, int field, long value) {
    struct.set(ValueLayout.JAVA_LONG, (long) field * Long.BYTES, value);
  }

  private static void set(MemorySegment struct, int field, long[] three) {
    for (int axis = 0; axis < 3; axis++) {
      set(struct, field + axis, three[axis]);
    }
  }

  /// Sets what moves over the positions: depth, height, width.
  ///
  /// @param inputs channels of each of the groups that the window sees
  /// @param outputs channels of each group that it gives
  public final void window(
      long groups, long inputs, long outputs, long[] kernel, long[] strides, long[] dilations) {
    set(convolution, 0, groups);
    set(convolution, 1, inputs);
    set(convolution, 2, outputs);
    set(convolution, 3, kernel);
    set(convolution, 6, strides);
    set(convolution, 9, dilations);
  }

  /// Sets the sizes.
  ///
  /// @param in positions of x
  /// @param begin how many the first window begins before them
  /// @param out positions of y
  public final void sizes(long batch, long[] in, long[] begin, long[] out) {
    set(run, 0, batch);
    set(run, 1, in);
    set(run, 4, begin);
    set(run, 7, out);
  }

  /// Bytes of work memory of a run, whatever the sizes of its data.
  public final long workBytes() {
    try {
      return workBytes(convolution.address(), threads);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// The call of `kioku_convolution_work`.
  long workBytes(long window, long share) throws Throwable {
    return (long) Work.HANDLE.invokeExact(share);
  }

  /// Computes. What addresses point to is the caller's to check.
  ///
  /// @param bias 0 for none
  /// @param work [#workBytes], aligned to 64
  public final void run(long weights, long bias, long x, long y, long work) {
    set(convolution, WEIGHTS, weights);
    set(convolution, BIAS, bias);
    set(run, X, x);
    set(run, Y, y);
    run(work);
  }

  /// Computes what is set.
  final void run(long work) {
    set(run, WORK, work);
    Teams teams = threads == 1 ? null : Teams.of(threads);
    MemorySegment team = teams == null ? MemorySegment.NULL : teams.take();
    set(run, THREADS, team.address() == 0 ? 1 : threads);
    set(run, TEAM, team.address());
    try {
      invoke(convolution.address(), run.address());
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    } finally {
      if (teams != null) {
        teams.give(team);
      }
    }
  }

  /// The call of `kioku_convolution_f32`.
  void invoke(long window, long sizes) throws Throwable {
    Convolve.HANDLE.invokeExact(window, sizes);
  }
}
