package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.PackedConvolution;
import io.kioku.internal.ffi.PackedConvolution.Window;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/// A convolution in float32 by libkioku: weights that are constant are packed once for a model,
/// when a context first needs them; nothing is prepared for a size. The channels are brought side
/// by side before, and back behind.
final class PackedWindow implements AutoCloseable {
  private final int groups;
  private final int threads;
  private final Constant weights; // null if they are not constant, as the bias
  private final Constant bias;
  private final boolean isConstant;
  private final Arena arena = Arena.ofShared();
  private PackedConvolution packed; // null until it is needed

  PackedWindow(OperatorContext context, int groups, boolean hasBias) {
    this.groups = groups;
    threads = context.threads();
    weights = context.constant(1);
    bias = context.constant(2);
    isConstant =
        weights != null
            && weights.type().storage() == ElementType.FLOAT
            && (bias != null || !hasBias);
  }

  /// What computes it in one context.
  ///
  /// @param windows gives the window for the present shapes
  /// @param other computes other types
  Kernel kernel(KernelContext context, Supplier<SpatialWindow> windows, Kernel other) {
    return new InContext(context, windows, other);
  }

  private synchronized PackedConvolution packed(SpatialWindow window) {
    if (packed == null) {
      try (Arena temporary = Arena.ofConfined()) {
        Packing packing = new Packing(window, weights.dims(), bias != null, temporary, arena);
        packed = packing.pack(weights.data(), bias == null ? null : bias.data());
      }
    }
    return packed;
  }

  /// Brings each output's weights from `(C / group, ...)` to `(..., C / group)`, and packs them.
  private final class Packing {
    private final StridedCopy copy;
    private final MemorySegment rows;
    private final PackedConvolution packed;

    /// @param dims of the weights
    /// @param work what the weights lie in before they are packed
    /// @param result what they lie in then
    Packing(SpatialWindow window, long[] dims, boolean hasBias, Arena work, Arena result) {
      int outputs = Math.toIntExact(dims[0]);
      int inputs = Math.toIntExact(dims[1]);
      long[] kernel = window.kernel();
      Window shape =
          new Window(
              groups, inputs, outputs / groups, kernel, window.strides(), window.dilations());
      copy = channels(outputs, inputs, shape.size() / inputs, true);
      rows = work.allocate(Math.multiplyExact(4L * outputs, (long) shape.size()), Float.BYTES);
      packed = new PackedConvolution(shape, hasBias, result);
    }

    PackedConvolution pack(MemorySegment weights, MemorySegment bias) {
      copy.run(weights, rows);
      packed.pack(rows, bias);
      return packed;
    }
  }

  /// Copies `(N, C, P)` to `(N, P, C)`, or the other way round.
  private static StridedCopy channels(long n, long c, long p, boolean isToLast) {
    Layout first = Layout.of(n, c, p);
    Layout last = new Layout(0, p * c, 1, c);
    return StridedCopy.of(
        Float.BYTES, new long[] {n, c, p}, isToLast ? first : last, isToLast ? last : first);
  }

  @Override
  public void close() {
    arena.close();
  }

  private final class InContext implements Kernel {
    private final Supplier<SpatialWindow> windows;
    private final Kernel other;
    private final Value x;
    private final Value w;
    private final Value b;
    private final Value y;
    private final Value xLast; // with its channels last
    private final Value yLast;
    private final Value work;
    private final PackedConvolution.Call call;
    private SpatialWindow window;
    private boolean isHere; // not the other's
    private Arena own; // of weights that are not constant, as the next
    private Packing packing;
    private PackedConvolution convolution;
    private StridedCopy before; // null: the channels lie side by side
    private StridedCopy behind;

    InContext(KernelContext context, Supplier<SpatialWindow> windows, Kernel other) {
      this.windows = windows;
      this.other = other;
      x = context.in(0);
      w = context.in(1);
      b = context.in(2);
      y = context.out(0);
      xLast = context.scratch();
      yLast = context.scratch();
      work = context.scratch();
      call = new PackedConvolution.Call(context.arena());
    }

    @Override
    public void prepare() {
      // without inputs there is nothing to multiply
      isHere = y.storage() == ElementType.FLOAT && x.size() > 0 && w.size() > 0;
      if (!isHere) {
        other.prepare();
        return;
      }
      window = windows.get().deep();
      if (isConstant) {
        convolution = packed(window);
      } else {
        prepareToPack();
        convolution = pack();
      }
      long from = positions(window.large());
      long to = positions(window.small());
      before = before(x.dim(0), x.dim(1), from);
      behind = y.dim(1) == 1 || to == 1 ? null : channels(y.dim(0), y.dim(1), to, false);
      if (behind != null) {
        yLast.resize(ElementType.FLOAT, y.size());
      }
      work.resize(ElementType.FLOAT, convolution.workBytes(threads) / Float.BYTES);
      call.sizes(x.dim(0), window.large(), window.begin(), window.small());
    }

    private StridedCopy before(long n, long c, long positions) {
      if (c == 1 || positions == 1) {
        return null;
      }
      xLast.resize(ElementType.FLOAT, x.size());
      return channels(n, c, positions, true);
    }

    private static long positions(long[] dims) {
      return dims[0] * dims[1] * dims[2];
    }

    @SuppressWarnings("MustBeClosedChecker") // closed with this, or when it is replaced
    private void prepareToPack() {
      if (own != null) {
        own.close();
      }
      own = Arena.ofShared();
      packing = new Packing(window, w.dims(), b != null, own, own);
    }

    private PackedConvolution pack() {
      return packing.pack(w.data(), b == null ? null : b.data());
    }

    @Override
    public void run() {
      if (!isHere) {
        other.run();
        return;
      }
      if (!isConstant) {
        pack();
      }
      if (before != null) {
        before.run(x.data(), xLast.data());
      }
      MemorySegment from = before == null ? x.data() : xLast.data();
      MemorySegment to = behind == null ? y.data() : yLast.data();
      call.run(convolution, from.address(), x.dim(1), to.address(), y.dim(1), threads, work.data());
      if (behind != null) {
        behind.run(yLast.data(), y.data());
      }
    }

    @Override
    public void close() {
      try {
        other.close();
      } finally {
        if (own != null) {
          own.close();
        }
      }
    }
  }
}
