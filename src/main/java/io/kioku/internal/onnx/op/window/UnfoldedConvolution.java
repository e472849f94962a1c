package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnOperations;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.primitive.PrepackedOperand;
import io.kioku.internal.onnx.op.primitive.PrimitiveDescription;
import io.kioku.internal.onnx.op.primitive.PrimitiveKernel;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/// A convolution of one channel in one dimension as a matrix product: the windows of all instances
/// one below the other, `(N * T, K)`, by the weights, `(K, M)`. A Fourier transform of short frames
/// is such a convolution; oneDNN's own takes half as long again, since it sees the few frames of
/// one instance at a time.
final class UnfoldedConvolution implements PrimitiveKernel.Source, PrimitiveDescription {
  /// How often an element may lie in a window: each time it is copied.
  private static final long MOST_COPIES = 4;

  private final KernelContext context;
  private final PrepackedOperand packed;
  private final Supplier<SpatialWindow> windows;
  private final Value x;
  private final Value columns;
  private SpatialWindow window;

  /// @param windows gives the window for the present shapes
  UnfoldedConvolution(
      KernelContext context, PrepackedOperand packed, Supplier<SpatialWindow> windows) {
    this.context = context;
    this.packed = packed;
    this.windows = windows;
    x = context.in(0);
    columns = context.scratch();
  }

  /// Whether a convolution with such weights, `(M, C, ...)`, is better taken so.
  static boolean isWorthwhile(long[] w, WindowAttributes attributes) {
    return w.length == 3
        && w[1] == 1
        && w[2] <= MOST_COPIES * attributes.stride(0)
        && attributes.dilation(0) == 1;
  }

  @Override
  public Described describe(Handles owner, OnednnMemory memory, OnednnOperations operations) {
    long[] y = context.out(0).dims();
    long n = y[0];
    long m = y[1];
    long t = y[2];
    long k = context.in(1).dim(2);
    boolean hasBias = context.in(2) != null;
    MemorySegment source = memory.descriptor(owner, n * t, k);
    MemorySegment product =
        operations.product(
            owner,
            source,
            memory.anyDescriptor(owner, k, m),
            hasBias ? memory.descriptor(owner, 1, m) : MemorySegment.NULL,
            memory.descriptor(owner, n * t, m));
    return new Described(
        product,
        source,
        memory.descriptor(owner, new long[] {k, m}, new long[] {1, k}),
        packed,
        memory.descriptor(owner, new long[] {n, m, t}, new long[] {t * m, 1, m}),
        memory.descriptor(owner, y));
  }

  @Override
  public Value value() {
    return columns;
  }

  @Override
  public void prepare() {
    window = windows.get();
    columns.resize(ElementType.FLOAT, x.dim(0), window.small()[0], window.kernel()[0]);
    columns.data().fill((byte) 0); // what is padding stays 0
  }

  @Override
  public void run() {
    long length = window.large()[0];
    long kernel = window.kernel()[0];
    long row = 0;
    for (long n = 0; n < x.dim(0); n++) {
      for (long t = 0; t < window.small()[0]; t++) {
        long at = window.at(0, t, 0);
        long from = Math.max(at, 0);
        long count = Math.min(at + kernel, length) - from;
        if (count > 0) {
          MemorySegment.copy(
              x.data(),
              (n * length + from) * Float.BYTES,
              columns.data(),
              (row * kernel + from - at) * Float.BYTES,
              count * Float.BYTES);
        }
        row++;
      }
    }
  }
}
