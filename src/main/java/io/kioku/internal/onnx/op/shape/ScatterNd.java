package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;

/// ScatterND: the data, where a slice for each list of indices is updated.
final class ScatterNd implements Operator {
  private final Update update;

  ScatterNd(Node node) {
    update = Update.of(node);
  }

  @Override
  public void infer(Inference node) {
    long[] slices = SlicePlaces.dims(node, 0);
    node.need(2, "updates");
    if (node.type(0) != null) {
      node.types(2, node.type(0));
    }
    node.same(2, slices);
    node.out(0, node.type(0), node.dims(0));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Scattering(context);
  }

  private final class Scattering implements Kernel {
    private final Value data;
    private final Value indices;
    private final Value updates;
    private final Value out;
    private SlicePlaces places;

    Scattering(KernelContext context) {
      data = context.in(0);
      indices = context.in(1);
      updates = context.in(2);
      out = context.out(0);
    }

    @Override
    public void prepare() {
      places = new SlicePlaces(data, indices, 0);
    }

    @Override
    public void run() {
      out.data().copyFrom(data.data());
      long slice = places.size();
      for (long i = 0; i < places.count(); i++) {
        update.apply(out, places.place(i), updates, i * slice, slice);
      }
    }
  }
}
