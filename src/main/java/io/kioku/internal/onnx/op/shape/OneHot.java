package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// OneHot: for each index a row of one value, with another one at the index; none if the row has no
/// such place.
public final class OneHot implements Operator {
  private final long axis;

  OneHot(GraphNode node) {
    axis = node.attributes().integer("axis", -1);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new OneHot(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "indices");
    node.need(1, "depth");
    node.need(2, "values");
    node.single(1);
    node.same(2, new long[] {2});
    long[] depth = node.longs(1);
    if (depth != null && depth[0] < 0) {
      throw new Refusal("depth is %d, expected at least 0".formatted(depth[0]));
    }
    long[] dims = node.dims(0);
    if (dims == null) {
      node.out(0, node.type(2), (long[]) null);
      return;
    }
    int at = Axes.of(axis, dims.length + 1);
    long[] result = new long[dims.length + 1];
    System.arraycopy(dims, 0, result, 0, at);
    result[at] = depth == null ? -1 : depth[0];
    System.arraycopy(dims, at, result, at + 1, dims.length - at);
    node.out(0, node.type(2), result);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Marking(context);
  }

  private final class Marking implements Kernel {
    private final Value indices;
    private final Value values; // off, on
    private final Value out;
    private StridedCopy clearing;
    private long depth;
    private long inner;

    Marking(KernelContext context) {
      indices = context.in(0);
      values = context.in(2);
      out = context.out(0);
    }

    @Override
    public void prepare() {
      int at = Axes.of(axis, out.rank());
      depth = out.dim(at);
      inner = Axes.product(out.dims(), at + 1, out.rank());
      clearing = StridedCopy.filling(out.storage().bytes(), out.dims());
    }

    @Override
    public void run() {
      clearing.run(values.data(), out.data());
      long bytes = out.storage().bytes();
      for (long i = 0; i < indices.size(); i++) {
        long index = indices.asLong(i);
        if (index >= -depth && index < depth) {
          long row = index < 0 ? index + depth : index;
          long place = (i / inner * depth + row) * inner + i % inner;
          StridedCopy.bytes(values.data(), bytes, out.data(), place * bytes, bytes);
        }
      }
    }
  }
}
