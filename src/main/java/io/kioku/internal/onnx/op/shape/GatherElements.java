package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;

/// GatherElements: an element for each index.
final class GatherElements implements Operator {
  private final long axis;

  GatherElements(Node node) {
    axis = node.attributes().integer("axis", 0);
  }

  @Override
  public void infer(Inference node) {
    ElementPlaces.check(node, axis);
    node.out(0, node.type(0), node.dims(1));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new GatherKernel(context, () -> new ElementPlaces(context.in(0), context.in(1), axis));
  }
}
