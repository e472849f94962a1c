package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ConvolutionCall;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.Arena;
import java.util.function.Supplier;

/// A convolution in float32 by libkioku, with nothing prepared for any size of the data.
final class NativeConvolution implements AutoCloseable {
  private final long groups;
  private final int threads;
  private final Arena arena = Arena.ofShared();
  private final ConvolutionWeights weights; // null if they are not constant, or of several groups

  NativeConvolution(OperatorContext context, long groups) {
    this.groups = groups;
    threads = context.threads();
    Constant constant = context.constant(1);
    boolean isFloat = constant != null && constant.type().storage() == ElementType.FLOAT;
    weights =
        isFloat && groups == 1 && constant.size() > 0
            ? new ConvolutionWeights(constant.data(), constant.dims()[0], arena)
            : null;
  }

  /// What computes it in one context.
  ///
  /// @param windows gives the window for the present shapes
  /// @param other computes other types, and what has no elements
  Kernel kernel(KernelContext context, Supplier<SpatialWindow> windows, Kernel other) {
    return new InContext(context, windows, other);
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
    private final Value work;
    private final ConvolutionCall call;
    private boolean isNative;

    InContext(KernelContext context, Supplier<SpatialWindow> windows, Kernel other) {
      this.windows = windows;
      this.other = other;
      x = context.in(0);
      w = context.in(1);
      b = context.in(2);
      y = context.out(0);
      work = context.scratch();
      call = new ConvolutionCall(threads, context.arena());
    }

    @Override
    public void prepare() {
      isNative = y.storage() == ElementType.FLOAT && x.size() > 0 && w.size() > 0 && y.size() > 0;
      if (!isNative) {
        other.prepare();
        return;
      }
      SpatialWindow window = windows.get().deep();
      call.window(
          groups,
          w.dim(1),
          w.dim(0) / groups,
          window.kernel(),
          window.strides(),
          window.dilations());
      call.sizes(x.dim(0), window.large(), window.begin(), window.small());
      long positions = y.size() / y.dim(0) / y.dim(1);
      call.packed(weights == null ? 0 : weights.packed(positions));
      work.resize(ElementType.FLOAT, call.workBytes() / Float.BYTES);
    }

    @Override
    public void run() {
      if (isNative) {
        call.run(
            w.data().address(),
            b == null ? 0 : b.data().address(),
            x.data().address(),
            y.data().address(),
            work.data().address());
      } else {
        other.run();
      }
    }

    @Override
    public void close() {
      other.close();
    }
  }
}
