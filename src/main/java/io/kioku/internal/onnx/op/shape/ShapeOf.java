package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// Shape: the dimensions of a value, or some of them, as int64.
final class ShapeOf implements Operator {
  private final long start;
  private final long end;

  ShapeOf(Node node) {
    start = node.attributes().integer("start", 0);
    end = node.attributes().integer("end", Long.MAX_VALUE);
  }

  @Override
  public boolean readsValues() {
    return false;
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "data");
    long[] dims = node.dims(0);
    if (dims == null) {
      node.out(0, ElementType.INT64, -1);
      return;
    }
    long[] part = part(dims);
    node.out(0, ElementType.INT64, part.length);
    if (Arrays.stream(part).allMatch(dim -> dim >= 0)) {
      node.holds(0, part);
    }
  }

  private long[] part(long[] dims) {
    int first = clamp(start, dims.length);
    return Arrays.copyOfRange(dims, first, Math.max(first, clamp(end, dims.length)));
  }

  private static int clamp(long axis, int rank) {
    return Math.clamp(axis < 0 ? axis + rank : axis, 0, rank);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value in = context.in(0);
    Value out = context.out(0);
    return () -> {
      int first = clamp(start, in.rank());
      for (int i = 0; i < out.size(); i++) {
        out.setLong(i, in.dim(first + i));
      }
    };
  }
}
