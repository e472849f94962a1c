package io.kioku.internal.onnx.op.quantize;

import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;

/// Walks through a tensor with the scales and zero points of its elements.
final class ScaledKernel implements Kernel {
  /// Computes elements that lie side by side.
  @FunctionalInterface
  interface Loop {
    /// Elements `from` to `to` of one scale and zero point.
    void run(Value x, Value y, long from, long to, float scale, long zero);
  }

  private final Scales scales;
  private final Loop loop;
  private final Value x;
  private final Value scale;
  private final Value zero; // null: 0
  private final Value y;
  private Scales.Walk walk;

  ScaledKernel(KernelContext context, Scales scales, Loop loop) {
    this.scales = scales;
    this.loop = loop;
    x = context.in(0);
    scale = context.in(1);
    zero = context.in(2);
    y = context.out(0);
  }

  @Override
  public void prepare() {
    walk = scales.walk(x, scale);
  }

  @Override
  public void run() {
    if (x.size() == 0) {
      return;
    }
    long run = walk.innerStride() == 0 ? walk.inner() : 1; // elements of one scale
    long from = 0;
    for (long o = 0; o < walk.outer(); o++) {
      for (long a = 0; a < walk.length(); a++) {
        long at = o * walk.outerStride() + a / walk.block() * walk.stride();
        for (long i = 0; i < walk.inner(); i += run) {
          long index = at + i * walk.innerStride();
          loop.run(x, y, from, from + run, scale.f32(index), zero == null ? 0 : zero.asLong(index));
          from += run;
        }
      }
    }
  }
}
