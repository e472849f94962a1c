package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;

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
    node.need(2, "updates");
    if (node.type(0) != null) {
      node.types(2, node.type(0));
    }
    node.same(2, node.dims(1));
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
    private ElementPlaces places;

    Scattering(KernelContext context) {
      data = context.in(0);
      indices = context.in(1);
      updates = context.in(2);
      out = context.out(0);
    }

    @Override
    public void prepare() {
      places = new ElementPlaces(data, indices, axis);
    }

    @Override
    public void run() {
      out.data().copyFrom(data.data());
      places.reset();
      for (long i = 0; i < updates.size(); i++) {
        update.apply(out, places.next(i), updates, i, 1);
      }
    }
  }
}
