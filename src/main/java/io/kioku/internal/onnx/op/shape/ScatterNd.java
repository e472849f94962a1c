package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;

/// ScatterND: the data, where a slice for each list of indices is updated.
final class ScatterNd implements Operator {
  private final Update update;

  ScatterNd(Node node) {
    update = Update.of(node);
  }

  @Override
  public void infer(Inference node) {
    ScatterKernel.infer(node, SlicePlaces.dims(node, 0));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new ScatterKernel(
        context, update, () -> new SlicePlaces(context.in(0), context.in(1), 0));
  }
}
