package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.util.Arrays;

/// Concat: arrays one after the other along an axis.
public final class Concat implements Operator {
  private final long axis;

  Concat(GraphNode node) {
    if (!node.attributes().has("axis")) {
      throw new Refusal("attribute axis is missing");
    }
    axis = node.attributes().integer("axis", 0);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Concat(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "inputs");
    ElementType type = null;
    long[] dims = null;
    boolean open = false;
    int used = 0;
    int single = 0;
    for (int k = 0; k < node.inputs(); k++) {
      node.need(k, Integer.toString(k));
      if (type != null) {
        node.types(k, type);
      }
      type = type == null ? node.type(k) : type;
      long[] next = node.dims(k);
      open |= next == null;
      if (next == null) {
        continue;
      }
      int at = Axes.of(axis, next.length);
      if (next[at] != 0) {
        used++;
        single = k;
      }
      dims = dims == null ? next.clone() : join(dims, next, at);
    }
    if (dims != null && open) {
      dims[Axes.of(axis, dims.length)] = -1;
    }
    if (used == 1 && !open) {
      node.view(0, single, dims);
    } else {
      node.out(0, type, dims);
    }
  }

  private static long[] join(long[] dims, long[] next, int axis) {
    boolean fits = dims.length == next.length;
    for (int i = 0; fits && i < dims.length; i++) {
      if (i == axis) {
        dims[i] = dims[i] < 0 || next[i] < 0 ? -1 : Math.addExact(dims[i], next[i]);
      } else {
        fits = dims[i] == next[i] || dims[i] < 0 || next[i] < 0;
        dims[i] = dims[i] < 0 ? next[i] : dims[i];
      }
    }
    if (!fits) {
      throw new Refusal(
          "shape %s cannot follow %s along axis %d", new Dims(next), new Dims(dims), axis);
    }
    return dims;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Joining(context);
  }

  private final class Joining implements Kernel {
    private final Value[] in;
    private final Value out;
    private final StridedCopy[] copies;

    Joining(KernelContext context) {
      in = new Value[context.inputs()];
      Arrays.setAll(in, context::in);
      out = context.out(0);
      copies = new StridedCopy[in.length];
    }

    @Override
    public void prepare() {
      int at = Axes.of(axis, out.rank());
      Layout to = Layout.of(out.dims());
      for (int k = 0; k < in.length; k++) {
        copies[k] =
            StridedCopy.of(out.storage().bytes(), in[k].dims(), Layout.of(in[k].dims()), to);
        to = to.from(at, in[k].dim(at));
      }
    }

    @Override
    public void run() {
      for (int k = 0; k < in.length; k++) {
        copies[k].run(in[k].data(), out.data());
      }
    }
  }
}
