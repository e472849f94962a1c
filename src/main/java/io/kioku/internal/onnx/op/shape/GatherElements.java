package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.copy.Bytes;

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
    return new Gathering(context.in(0), context.in(1), context.out(0));
  }

  private final class Gathering implements Kernel {
    private final Value data;
    private final Value indices;
    private final Value out;
    private ElementPlaces places;

    Gathering(Value data, Value indices, Value out) {
      this.data = data;
      this.indices = indices;
      this.out = out;
    }

    @Override
    public void prepare() {
      places = new ElementPlaces(data, indices, axis);
    }

    @Override
    public void run() {
      long bytes = out.storage().bytes();
      places.reset();
      for (long i = 0; i < out.size(); i++) {
        Bytes.copy(data.data(), places.next(i) * bytes, out.data(), i * bytes, bytes);
      }
    }
  }
}
