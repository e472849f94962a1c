package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;

/// DynamicQuantizeLinear: codes of 0 to 255 for a tensor's own range, which is widened to hold 0.
final class DynamicQuantize implements Operator {
  private static final float LARGEST = 255;

  @Override
  public void infer(Inference node) {
    node.need(0, "x");
    node.types(0, ElementType.FLOAT);
    node.out(0, ElementType.UINT8, node.dims(0));
    node.out(1, ElementType.FLOAT);
    node.out(2, ElementType.UINT8);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value x = context.in(0);
    Value y = context.out(0);
    Value scales = context.outputs() > 1 ? context.out(1) : null;
    Value zeros = context.outputs() > 2 ? context.out(2) : null;
    return () -> {
      float low = 0;
      float high = 0;
      for (long i = 0; i < x.size(); i++) {
        float value = x.f32(i);
        low = value < low ? value : low;
        high = value > high ? value : high;
      }
      float scale = high == low ? 1 : (high - low) / LARGEST; // all are 0: any scale will do
      long zero = (long) Math.rint((double) Math.clamp(-low / scale, 0, LARGEST));
      Codes.quantize(x, y, 0, x.size(), scale, zero);
      if (scales != null) {
        scales.f32(0, scale);
      }
      if (zeros != null) {
        zeros.setLong(0, zero);
      }
    };
  }
}
