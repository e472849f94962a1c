package io.kioku.internal.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The packed weights of a convolution over data whose channels lie side by side, or of a product
/// of many rows, which is a convolution whose window is one position: `kioku_convolution`. Made
/// once, for data of any sizes; shared by all [calls][Call].
public final class PackedConvolution {
  /// Dimensions of positions: depth, height, width.
  public static final int DIMENSIONS = 3;

  /// How many fields each struct has.
  private static final int CONVOLUTION = 16;

  private static final int RUN = 19;

  private static final class Work {
    static final MethodHandle HANDLE = Downcall.ofLong("kioku_convolution_work", 2);
  }

  private static final class Convolve {
    static final MethodHandle HANDLE = Downcall.of("kioku_convolution_f32", 2);
  }

  private final MemorySegment struct;
  private final int matrices;
  private final int units; // of a matrix
  private final int columns;
  private final MemorySegment packed;
  private final MemorySegment packedBias; // null for none

  /// Memory for weights that are still to be [packed][#pack].
  ///
  /// @param hasBias whether something is added to the sums
  /// @param arena what it lives in
  public PackedConvolution(Window window, boolean hasBias, Arena arena) {
    Kernels.get();
    boolean isEachChannel = window.groups > 1 && window.inputs == 1 && window.outputs == 1;
    matrices = isEachChannel ? 1 : window.groups;
    units = isEachChannel ? window.groups : window.outputs;
    columns = window.size();
    packed = memory(columns, arena);
    packedBias = hasBias ? memory(1, arena) : null;
    struct = arena.allocate((long) CONVOLUTION * Long.BYTES, Long.BYTES);
    long field = put(struct, 0, window.groups, window.inputs, window.outputs);
    field = put(struct, field, window.kernel);
    field = put(struct, field, window.strides);
    field = put(struct, field, window.dilations);
    put(struct, field, packed.address(), hasBias ? packedBias.address() : 0);
  }

  private MemorySegment memory(int columns, Arena arena) {
    long bytes = Kernels.packedBytes(units, columns);
    return arena.allocate(Math.multiplyExact(bytes, (long) matrices), Kernels.CACHE_LINE);
  }

  /// What moves over the positions, and between how many channels.
  ///
  /// @param groups the channels are so many parts, each with outputs of its own
  /// @param inputs channels of a part
  /// @param outputs of a part
  /// @param kernel positions of the window, and the other two, along [#DIMENSIONS] dimensions
  @SuppressWarnings("ArrayRecordComponent") // never compared, and nobody writes to the arrays
  public record Window(
      int groups, int inputs, int outputs, long[] kernel, long[] strides, long[] dilations) {
    /// One position: a product of rows of `inputs` with `outputs` rows of weights.
    public static Window ofProduct(int inputs, int outputs) {
      long[] ones = {1, 1, 1};
      return new Window(1, inputs, outputs, ones, ones, ones);
    }

    /// Floats of one output's weights.
    public int size() {
      return Math.toIntExact(
          Math.multiplyExact(
              Math.multiplyExact(Math.multiplyExact(kernel[0], kernel[1]), kernel[2]), inputs));
    }
  }

  /// Packs weights. Not while a call runs.
  ///
  /// @param weights (groups · outputs, kernel positions, inputs), row-major
  /// @param bias (groups · outputs); null for none
  public void pack(MemorySegment weights, MemorySegment bias) {
    pack(weights, columns, packed);
    if (packedBias != null) {
      pack(bias, 1, packedBias);
    }
  }

  /// Matrices (units, columns), one behind the other.
  private void pack(MemorySegment plain, int columns, MemorySegment to) {
    long bytes = to.byteSize() / matrices;
    long plainBytes = (long) units * columns * Float.BYTES;
    for (int i = 0; i < matrices; i++) {
      Kernels.packMatrix(
          plain.address() + i * plainBytes, units, columns, to.address() + i * bytes);
    }
  }

  private static long put(MemorySegment struct, long field, long... values) {
    for (long value : values) {
      struct.set(ValueLayout.JAVA_LONG, field++ * Long.BYTES, value);
    }
    return field;
  }

  /// Bytes of work memory of a call, whatever the sizes of its data.
  public long workBytes(int threads) {
    try {
      return (long) Work.HANDLE.invokeExact(struct.address(), (long) threads);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  /// One caller's data: `kioku_convolution_run`. What addresses point to is the caller's care.
  public static final class Call {
    private static final int X = 10;
    private static final int X_ROW = 11;
    private static final int Y = 12;
    private static final int Y_ROW = 13;
    private static final int THREADS = 16;
    private static final int TEAM = 17;
    private static final int WORK = 18;

    private final MemorySegment run;

    /// A call whose sizes are still to be set.
    public Call(SegmentAllocator allocator) {
      run = allocator.allocate((long) RUN * Long.BYTES, Long.BYTES);
    }

    /// Sets the sizes, each along [#DIMENSIONS] dimensions.
    ///
    /// @param in positions of x
    /// @param begin how many the first window begins before them
    /// @param out positions of y
    public void sizes(long batch, long[] in, long[] begin, long[] out) {
      put(run, put(run, put(run, put(run, 0, batch), in), begin), out);
    }

    /// Sets the rows of a product.
    public void rows(long count) {
      sizes(1, new long[] {1, 1, count}, new long[DIMENSIONS], new long[] {1, 1, count});
    }

    /// Computes.
    ///
    /// @param xRow floats from one position's channels to the next
    /// @param work [#workBytes] of the convolution, aligned to 64
    public void run(
        PackedConvolution convolution,
        long x,
        long xRow,
        long y,
        long yRow,
        int threads,
        MemorySegment work) {
      set(X, x);
      set(X_ROW, xRow);
      set(Y, y);
      set(Y_ROW, yRow);
      set(WORK, work.address());
      if (threads == 1) {
        share(convolution, 1, MemorySegment.NULL);
        return;
      }
      Teams teams = Teams.of(threads);
      MemorySegment team = teams.take();
      try {
        share(convolution, team.address() == 0 ? 1 : threads, team);
      } finally {
        teams.give(team);
      }
    }

    private void share(PackedConvolution convolution, int threads, MemorySegment team) {
      set(THREADS, threads);
      set(TEAM, team.address());
      convolve(convolution.struct.address(), run.address());
    }

    private void set(int field, long value) {
      run.set(ValueLayout.JAVA_LONG, (long) field * Long.BYTES, value);
    }

    private static void convolve(long convolution, long run) {
      try {
        Convolve.HANDLE.invokeExact(convolution, run);
      } catch (Throwable e) {
        throw Downcall.thrown(e);
      }
    }
  }
}
