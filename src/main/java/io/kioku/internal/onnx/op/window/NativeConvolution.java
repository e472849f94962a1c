package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ConvolutionCall;
import io.kioku.internal.ffi.LinearCall;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.Supplier;

/// A convolution in float32 by libkioku, with nothing prepared for any size. A window that covers
/// all of its input is a linear layer: constant weights are packed for it, once for a model.
final class NativeConvolution implements AutoCloseable {
  private final long groups;
  private final int threads;
  private final Constant weights; // these two null if they are not constant
  private final Constant bias;
  private final boolean mayBeLinear;
  private final Arena arena = Arena.ofShared();
  private LinearCall.Weights packed; // null until a window covers its input

  NativeConvolution(OperatorContext context, long groups, boolean hasBias) {
    this.groups = groups;
    threads = context.threads();
    weights = context.constant(1);
    bias = context.constant(2);
    mayBeLinear =
        groups == 1
            && weights != null
            && weights.type().storage() == ElementType.FLOAT
            && (bias != null || !hasBias);
  }

  /// What computes it in one context.
  ///
  /// @param windows gives the window for the present shapes
  /// @param other computes other types, and what has no elements
  Kernel kernel(KernelContext context, Supplier<SpatialWindow> windows, Kernel other) {
    return new InContext(context, windows, other);
  }

  private synchronized LinearCall.Weights packed(int inputs, int outputs) {
    if (packed == null) {
      packed =
          LinearCall.Weights.of(
              inputs, outputs, weights.data(), bias == null ? null : bias.data(), arena);
    }
    return packed;
  }

  @Override
  public void close() {
    arena.close();
  }

  private final class InContext implements Kernel {
    private final KernelContext context;
    private final Supplier<SpatialWindow> windows;
    private final Kernel other;
    private final Value x;
    private final Value w;
    private final Value b;
    private final Value y;
    private final Value work;
    private final ConvolutionCall call;
    private LinearCall linear; // null until a window covers its input
    private Kernel current;

    InContext(KernelContext context, Supplier<SpatialWindow> windows, Kernel other) {
      this.context = context;
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
      if (y.storage() != ElementType.FLOAT || x.size() == 0 || w.size() == 0) {
        current = other;
        other.prepare();
        return;
      }
      SpatialWindow window = windows.get().deep();
      if (mayBeLinear && coversInput(window)) {
        prepareLinear();
        current = this::runLinear;
        return;
      }
      call.window(
          groups,
          w.dim(1),
          w.dim(0) / groups,
          window.kernel(),
          window.strides(),
          window.dilations());
      call.sizes(x.dim(0), window.large(), window.begin(), window.small());
      work.resize(ElementType.FLOAT, call.workBytes() / Float.BYTES);
      current = this::convolve;
    }

    private static boolean coversInput(SpatialWindow window) {
      boolean covers = Arrays.equals(window.kernel(), window.large());
      for (int axis = 0; axis < window.rank(); axis++) {
        covers &=
            window.small()[axis] == 1
                && window.begin()[axis] == 0
                && (window.kernel()[axis] == 1 || window.dilations()[axis] == 1);
      }
      return covers;
    }

    private void prepareLinear() {
      if (linear == null) {
        int outputs = Math.toIntExact(w.dim(0));
        int inputs = Math.toIntExact(w.size() / outputs);
        linear = new LinearCall(packed(inputs, outputs), threads, context.arena());
      }
    }

    private void runLinear() {
      linear.run(x.dim(0), x.data().address(), y.data().address());
    }

    private void convolve() {
      call.run(
          w.data().address(),
          b == null ? 0 : b.data().address(),
          x.data().address(),
          y.data().address(),
          work.data().address());
    }

    @Override
    public void run() {
      current.run();
    }

    @Override
    public void close() {
      other.close();
    }
  }
}
