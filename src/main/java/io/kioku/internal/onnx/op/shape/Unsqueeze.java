package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.View;

/// Unsqueeze: with more axes, of one element each.
final class Unsqueeze implements View {
  private final Listed axes;

  Unsqueeze(Node node) {
    axes = Listed.of(node, "axes", 13, 1);
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "data");
    if (!axes.isGiven(node)) {
      throw new Refusal("axes are missing");
    }
    long[] dims = node.dims(0);
    long[] named = axes.values(node);
    if (dims != null && named != null) {
      node.view(0, 0, with(dims, named));
    } else {
      int more = axes.count(node);
      node.view(0, 0, Axes.unknown(dims == null || more < 0 ? -1 : dims.length + more));
    }
  }

  private static long[] with(long[] dims, long[] named) {
    long[] result = new long[dims.length + named.length];
    boolean[] set = Axes.set(named, result.length);
    int next = 0;
    for (int axis = 0; axis < result.length; axis++) {
      result[axis] = set[axis] ? 1 : dims[next++];
    }
    return result;
  }
}
