package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// ReduceSum and its like: the numbers along some axes become one each.
final class Reduce implements Operator {
  private final Reduction reduction;
  private final Listed axes;
  private final boolean keep; // a folded axis stays, with one element
  private final boolean noneMeansNone; // no axes: none, not all

  /// @param since the first operator set in which the axes are an input
  Reduce(Node node, Reduction reduction, int since) {
    this.reduction = reduction;
    axes = Listed.of(node, "axes", since, 1);
    keep = node.attributes().flag("keepdims", true);
    noneMeansNone = node.attributes().flag("noop_with_empty_axes", false);
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "data");
    ElementType type = node.type(0);
    if (type == ElementType.BOOL && !reduction.compares()) {
      throw new Refusal("input 0 has type bool, expected numbers");
    }
    long[] dims = node.dims(0);
    long[] named = axes.values(node);
    if (dims == null || (axes.isGiven(node) && named == null)) {
      node.out(0, type, Axes.unknown(keep ? Axes.rank(dims) : -1));
      return;
    }
    boolean[] folds = folds(named, dims.length);
    long[] result = new long[dims.length];
    int rank = 0;
    boolean same = reduction.keepsOne();
    for (int axis = 0; axis < dims.length; axis++) {
      same &= !folds[axis] || dims[axis] == 1;
      if (!folds[axis]) {
        result[rank++] = dims[axis];
      } else if (keep) {
        result[rank++] = 1;
      }
    }
    result = Arrays.copyOf(result, rank);
    if (same) {
      node.view(0, 0, result);
    } else {
      node.out(0, type, result);
    }
  }

  private boolean[] folds(long[] named, int rank) {
    if (named != null && named.length > 0) {
      return Axes.set(named, rank);
    }
    boolean[] all = new boolean[rank];
    Arrays.fill(all, !noneMeansNone);
    return all;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value in = context.in(0);
    return new ReduceKernel(
        in, context.out(0), () -> folds(axes.values(context), in.rank()), reduction);
  }
}
