package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;

/// Range: from a start towards a limit, in steps.
final class Range implements Operator {
  @Override
  public void infer(Inference node) {
    ElementType type = null;
    for (int k = 0; k < 3; k++) {
      node.need(k, k == 0 ? "start" : k == 1 ? "limit" : "delta");
      node.types(
          k,
          ElementType.FLOAT,
          ElementType.DOUBLE,
          ElementType.INT16,
          ElementType.INT32,
          ElementType.INT64);
      if (type != null) {
        node.types(k, type);
      }
      node.single(k);
      type = type == null ? node.type(k) : type;
    }
    node.later(0, Known.of(type, -1));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value start = context.in(0);
    Value limit = context.in(1);
    Value delta = context.in(2);
    Value out = context.out(0);
    long[] dims = new long[1];
    return () -> {
      boolean real = start.type().isReal();
      dims[0] =
          real
              ? count(start.asDouble(0), limit.asDouble(0), delta.asDouble(0))
              : count(start.asLong(0), limit.asLong(0), delta.asLong(0));
      out.resize(start.type(), dims);
      if (real) {
        fill(out, start.asDouble(0), delta.asDouble(0));
      } else {
        fill(out, start.asLong(0), delta.asLong(0));
      }
    };
  }

  private static long count(double start, double limit, double delta) {
    double count = Math.ceil((limit - start) / delta);
    if (!(count < Long.MAX_VALUE)) {
      throw new Refusal(
          "from %s to %s in steps of %s there is no end".formatted(start, limit, delta));
    }
    return (long) Math.max(0, count);
  }

  private static long count(long start, long limit, long delta) {
    if (delta == 0) {
      throw new Refusal("from %d to %d in steps of 0 there is no end".formatted(start, limit));
    }
    if (delta > 0 ? start >= limit : start <= limit) {
      return 0;
    }
    return Math.ceilDiv(Math.subtractExact(limit, start), delta);
  }

  private static void fill(Value out, double start, double delta) {
    for (long i = 0; i < out.size(); i++) {
      out.setDouble(i, start + i * delta);
    }
  }

  private static void fill(Value out, long start, long delta) {
    for (long i = 0; i < out.size(); i++) {
      out.setLong(i, start + i * delta);
    }
  }
}
