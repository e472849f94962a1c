package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Shapes;
import io.kioku.internal.onnx.op.View;
import java.util.Arrays;

/// Squeeze: without some axes of one element, or without all of them.
final class Squeeze implements View {
  private final Listed axes;

  Squeeze(Node node) {
    axes = Listed.of(node, "axes", 13, 1);
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "data");
    long[] dims = node.dims(0);
    long[] named = axes.values(node);
    node.view(0, 0, without(dims, named, axes.isGiven(node)));
  }

  private static long[] without(long[] dims, long[] named, boolean given) {
    if (dims == null || (given ? named == null : !Shapes.isKnown(dims))) {
      return null;
    }
    boolean[] set = given ? Axes.set(named, dims.length) : ones(dims);
    long[] result = new long[dims.length];
    int rank = 0;
    for (int axis = 0; axis < dims.length; axis++) {
      if (!set[axis]) {
        result[rank++] = dims[axis];
      } else if (dims[axis] > 1 || dims[axis] == 0) {
        throw new Refusal("axis %d of shape %s cannot go, it is not 1", axis, new Dims(dims));
      }
    }
    return Arrays.copyOf(result, rank);
  }

  private static boolean[] ones(long[] dims) {
    boolean[] ones = new boolean[dims.length];
    for (int axis = 0; axis < dims.length; axis++) {
      ones[axis] = dims[axis] == 1;
    }
    return ones;
  }
}
