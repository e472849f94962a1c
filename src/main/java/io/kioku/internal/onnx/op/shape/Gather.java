package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.lang.foreign.MemorySegment;

/// Gather: the slices of an axis that indices name, in the indices' shape.
final class Gather implements Operator {
  private final long axis;

  Gather(Node node) {
    axis = node.attributes().integer("axis", 0);
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "data");
    node.need(1, "indices");
    node.indices(1);
    long[] data = node.dims(0);
    long[] indices = node.dims(1);
    if (data == null || indices == null) {
      node.out(0, node.type(0), (long[]) null);
      return;
    }
    int at = Axes.of(axis, data.length);
    long[] result = new long[data.length - 1 + indices.length];
    System.arraycopy(data, 0, result, 0, at);
    System.arraycopy(indices, 0, result, at, indices.length);
    System.arraycopy(data, at + 1, result, at + indices.length, data.length - at - 1);
    node.out(0, node.type(0), result);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Gathering(context.in(0), context.in(1), context.out(0));
  }

  private final class Gathering implements Kernel {
    private final Value data;
    private final Value indices;
    private final Value out;
    private long outer;
    private long count;
    private long slice; // in bytes

    Gathering(Value data, Value indices, Value out) {
      this.data = data;
      this.indices = indices;
      this.out = out;
    }

    @Override
    public void prepare() {
      int at = Axes.of(axis, data.rank());
      outer = Axes.product(data.dims(), 0, at);
      count = data.dim(at);
      slice = Axes.product(data.dims(), at + 1, data.rank()) * data.storage().bytes();
    }

    @Override
    public void run() {
      MemorySegment from = data.data();
      MemorySegment to = out.data();
      long named = indices.size();
      for (long i = 0; i < named; i++) {
        long index = Indices.of(indices, i, count);
        for (long o = 0; o < outer; o++) {
          StridedCopy.bytes(from, (o * count + index) * slice, to, (o * named + i) * slice, slice);
        }
      }
    }
  }
}
