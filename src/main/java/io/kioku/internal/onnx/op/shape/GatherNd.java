package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.copy.Bytes;

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
    return new Gathering(context.in(0), context.in(1), context.out(0));
  }

  private final class Gathering implements Kernel {
    private final Value data;
    private final Value indices;
    private final Value out;
    private SlicePlaces places;

    Gathering(Value data, Value indices, Value out) {
      this.data = data;
      this.indices = indices;
      this.out = out;
    }

    @Override
    public void prepare() {
      places = new SlicePlaces(data, indices, batch);
    }

    @Override
    public void run() {
      long bytes = out.storage().bytes();
      long slice = places.size() * bytes;
      for (long i = 0; i < places.count(); i++) {
        Bytes.copy(data.data(), places.place(i) * bytes, out.data(), i * slice, slice);
      }
    }
  }
}
