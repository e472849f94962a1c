package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.View;

/// Flatten: two axes, of what lies before an axis and of the rest.
final class Flatten implements View {
  private final long axis;

  Flatten(Node node) {
    axis = node.attributes().integer("axis", 1);
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "input");
    long[] dims = node.dims(0);
    if (dims == null) {
      node.view(0, 0, -1, -1);
      return;
    }
    if (axis < -dims.length || axis > dims.length) {
      throw new Refusal("axis is %d, expected %d to %d".formatted(axis, -dims.length, dims.length));
    }
    int first = (int) (axis < 0 ? axis + dims.length : axis);
    node.view(0, 0, Axes.product(dims, 0, first), Axes.product(dims, first, dims.length));
  }
}
