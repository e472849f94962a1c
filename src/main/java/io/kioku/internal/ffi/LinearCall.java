package io.kioku.internal.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/// A product of any number of rows with packed weights: `kioku_linear_f32`. One thread at a time.
public final class LinearCall extends TeamCall {
  /// Fields of `kioku_linear`.
  private static final int FIELDS = 9;

  private static final int ROWS = 4;
  private static final int X = 5;
  private static final int Y = 6;
  private static final int THREADS = 7;

  private static final class Linear {
    static final MethodHandle HANDLE = Downcall.of("kioku_linear_f32", 1);
  }

  /// Weights of (outputs, inputs), packed once for all calls.
  ///
  /// @param bias packed too; null for none
  public record Weights(int inputs, int outputs, MemorySegment packed, MemorySegment bias) {
    /// Packs weights.
    ///
    /// @param weights (outputs, inputs), row-major
    /// @param bias (outputs); null for none
    /// @param arena what the result lives in
    public static Weights of(
        int inputs, int outputs, MemorySegment weights, MemorySegment bias, Arena arena) {
      Kernels.get();
      return new Weights(
          inputs,
          outputs,
          Kernels.pack(WeightFormat.F32, weights, 1, outputs, inputs, arena),
          bias == null ? null : Kernels.pack(WeightFormat.F32, bias, 1, outputs, 1, arena));
    }
  }

  /// A call of weights that live as long as it.
  public LinearCall(Weights weights, int threads, SegmentAllocator allocator) {
    super(FIELDS, THREADS, threads, allocator);
    set(0, weights.inputs);
    set(1, weights.outputs);
    set(2, weights.packed.address());
    set(3, weights.bias == null ? 0 : weights.bias.address());
  }

  /// Computes rows of outputs at an address from rows of inputs; sizes are the caller's to check.
  public void run(long rows, long x, long y) {
    set(ROWS, rows);
    set(X, x);
    set(Y, y);
    share();
  }

  @Override
  void invoke() throws Throwable {
    Linear.HANDLE.invokeExact(address());
  }
}
