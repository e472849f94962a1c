package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Shapes;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.util.Arrays;

/// Tile: the whole array several times along each axis.
public final class Tile implements Operator {
  private final Listed repeats;

  Tile(GraphNode node) {
    repeats = Listed.of(node, "repeats", 6, 1);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Tile(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    node.need(1, "repeats");
    long[] dims = node.dims(0);
    long[] times = repeats.values(node);
    int rank = repeats.count(node);
    if (dims != null && rank >= 0 && rank != dims.length) {
      throw new Refusal("%d repeats of %d dimensions".formatted(rank, dims.length));
    }
    if (dims == null || times == null) {
      int known = dims == null ? rank : dims.length;
      node.out(0, node.type(0), Axes.unknown(known));
      return;
    }
    Shapes.checkNoneNegative("repeats", times);
    long[] result = new long[dims.length];
    Arrays.setAll(result, axis -> repeated(dims[axis], times[axis]));
    if (Arrays.stream(times).allMatch(time -> time == 1)) {
      node.view(0, 0, result);
    } else {
      node.out(0, node.type(0), result);
    }
  }

  private static long repeated(long dim, long times) {
    if (times == 1) {
      return dim;
    }
    return dim < 0 ? -1 : Math.multiplyExact(dim, times);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value in = context.in(0);
    Value out = context.out(0);
    return StridedCopy.kernel(in, out, () -> plan(in, out));
  }

  /// Each axis as two: which time, and which element.
  private static StridedCopy plan(Value in, Value out) {
    int rank = in.rank();
    long[] dims = new long[2 * rank];
    long[] from = new long[2 * rank];
    long[] to = new long[2 * rank];
    long[] inStrides = Layout.of(in.dims()).strides();
    long[] outStrides = Layout.of(out.dims()).strides();
    for (int axis = 0; axis < rank; axis++) {
      dims[2 * axis] = in.dim(axis) == 0 ? 0 : out.dim(axis) / in.dim(axis);
      dims[2 * axis + 1] = in.dim(axis);
      from[2 * axis + 1] = inStrides[axis];
      to[2 * axis] = outStrides[axis] * in.dim(axis);
      to[2 * axis + 1] = outStrides[axis];
    }
    return StridedCopy.of(in.storage().bytes(), dims, new Layout(0, from), new Layout(0, to));
  }
}
