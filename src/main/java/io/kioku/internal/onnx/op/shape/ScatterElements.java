package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;

/// ScatterElements: the data, where an element for each index is updated.
final class ScatterElements implements Operator {
  private final long axis;
  private final Update update;

  ScatterElements(Node node) {
    axis = node.attributes().integer("axis", 0);
    update = Update.of(node);
  }

  @Override
  public void infer(Inference node) {
    ElementPlaces.check(node, axis);
    ScatterKernel.infer(node, node.dims(1));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new ScatterKernel(
        context, update, () -> new ElementPlaces(context.in(0), context.in(1), axis));
  }
}
