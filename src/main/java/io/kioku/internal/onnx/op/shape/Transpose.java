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
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.util.Arrays;

/// Transpose: the axes in another order.
public final class Transpose implements Operator {
  private final long[] perm; // null: the other way round

  Transpose(GraphNode node) {
    perm = node.attributes().integers("perm");
    if (perm != null) {
      order(perm.length); // checks it
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Transpose(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "data");
    long[] dims = node.dims(0);
    if (dims == null) {
      node.out(0, node.type(0), Axes.unknown(Axes.rank(perm)));
      return;
    }
    int[] order = order(dims.length);
    long[] result = Arrays.stream(order).mapToLong(axis -> dims[axis]).toArray();
    int[] moving = Arrays.stream(order).filter(axis -> dims[axis] != 1).toArray();
    if (isSorted(moving)) {
      node.view(0, 0, result);
    } else {
      node.out(0, node.type(0), result);
    }
  }

  private static boolean isSorted(int[] axes) {
    for (int i = 1; i < axes.length; i++) {
      if (axes[i - 1] > axes[i]) {
        return false;
      }
    }
    return true;
  }

  private int[] order(int rank) {
    int[] order = new int[rank];
    if (perm == null) {
      Arrays.setAll(order, axis -> rank - 1 - axis);
      return order;
    }
    if (perm.length != rank) {
      throw new Refusal(
          "attribute perm is %s, the input has %d dimensions"
              .formatted(Arrays.toString(perm), rank));
    }
    Axes.set(perm, rank);
    Arrays.setAll(order, axis -> Axes.of(perm[axis], rank));
    return order;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value in = context.in(0);
    Value out = context.out(0);
    return StridedCopy.kernel(
        in,
        out,
        () ->
            StridedCopy.of(
                out.storage().bytes(),
                out.dims(),
                Layout.of(in.dims()).permuted(order(in.rank())),
                Layout.of(out.dims())));
  }
}
