package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;

/// Size: the number of elements of a value, as a scalar of int64.
final class SizeOf implements Operator {
  @Override
  public boolean readsValues() {
    return false;
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "data");
    node.out(0, ElementType.INT64);
    long[] dims = node.dims(0);
    long size = dims == null ? -1 : Axes.product(dims, 0, dims.length);
    if (size >= 0) {
      node.holds(0, size);
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value in = context.in(0);
    Value out = context.out(0);
    return () -> out.setLong(0, in.size());
  }
}
