package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;

/// Trilu: the upper or lower triangle of each matrix, and 0 elsewhere.
public final class Trilu implements Operator {
  private final boolean upper;

  Trilu(GraphNode node) {
    upper = node.attributes().flag("upper", true);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Trilu(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    node.types(1, ElementType.INT64);
    node.single(1);
    long[] dims = node.dims(0);
    if (dims != null && dims.length < 2) {
      throw new Refusal("a matrix needs two dimensions");
    }
    node.out(0, node.type(0), dims);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Cutting(context.in(0), context.in(1), context.out(0));
  }

  private final class Cutting implements Kernel {
    private final Value in;
    private final Value diagonal; // null: 0
    private final Value out;

    Cutting(Value in, Value diagonal, Value out) {
      this.in = in;
      this.diagonal = diagonal;
      this.out = out;
    }

    @Override
    public void run() {
      long columns = in.dim(in.rank() - 1);
      long rows = in.dim(in.rank() - 2);
      long bytes = in.storage().bytes();
      long k = diagonal == null ? 0 : Math.clamp(diagonal.asLong(0), -rows, columns);
      out.data().fill((byte) 0);
      for (long row = 0; row * columns < in.size(); row++) {
        long edge = Math.clamp(row % rows + k + (upper ? 0 : 1), 0, columns);
        long first = (row * columns + (upper ? edge : 0)) * bytes;
        long count = upper ? columns - edge : edge;
        MemorySegment.copy(in.data(), first, out.data(), first, count * bytes);
      }
    }
  }
}
