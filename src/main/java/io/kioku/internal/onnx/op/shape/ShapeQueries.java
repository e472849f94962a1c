package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// Operators that tell of shapes.
public final class ShapeQueries {
  private ShapeQueries() {}

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.operator()) {
      case "Shape" -> new ShapeOf(node);
      case "Size" -> new SizeOf();
      default -> throw new IllegalArgumentException(node.operator());
    };
  }

  /// Shape: the dimensions of a value, or some of them, as int64.
  private static final class ShapeOf implements Operator {
    private final long start;
    private final long end;

    ShapeOf(GraphNode node) {
      start = node.attributes().integer("start", 0);
      end = node.attributes().integer("end", Long.MAX_VALUE);
    }

    @Override
    public boolean readsValues() {
      return false;
    }

    @Override
    public void infer(ShapeInference node) {
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

  /// Size: the number of elements of a value, as a scalar of int64.
  private static final class SizeOf implements Operator {
    @Override
    public boolean readsValues() {
      return false;
    }

    @Override
    public void infer(ShapeInference node) {
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
}
