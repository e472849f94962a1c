package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;

/// GatherND: a slice for each list of indices.
final class GatherNd implements Operator {
  private final int batch;

  GatherNd(Node node) {
    batch = node.attributes().small("batch_dims", 0);
    if (batch < 0) {
      throw new Refusal("attribute batch_dims is %d, expected at least 0".formatted(batch));
    }
  }

  @Override
  public void infer(Inference node) {
    long[] dims = SlicePlaces.dims(node, batch);
    node.out(0, node.type(0), dims);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new GatherKernel(context, () -> new SlicePlaces(context.in(0), context.in(1), batch));
  }
}
