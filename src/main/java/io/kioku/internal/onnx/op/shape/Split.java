package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.util.Arrays;

/// Split: an array in parts along an axis, of equal sizes or as told.
public final class Split implements Operator {
  private final long axis;
  private final Listed sizes;
  private final boolean smallerLast; // since operator set 18

  Split(GraphNode node) {
    axis = node.attributes().integer("axis", 0);
    sizes = Listed.of(node, "split", 13, 1);
    smallerLast = node.version() >= 18;
    long parts = node.attributes().integer("num_outputs", node.outputs().size());
    if (parts != node.outputs().size()) {
      throw new Refusal(
          "attribute num_outputs is %d, there are %d outputs"
              .formatted(parts, node.outputs().size()));
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Split(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    boolean isTold = sizes.isGiven(node);
    long[] dims = node.dims(0);
    if (dims == null) {
      for (int k = 0; k < node.outputs(); k++) {
        node.out(k, node.type(0), (long[]) null);
      }
      return;
    }
    int at = Axes.of(axis, dims.length);
    long[] parts = isTold ? told(node, dims[at]) : equal(node, dims[at]);
    for (int k = 0; k < node.outputs(); k++) {
      long[] part = dims.clone();
      part[at] = parts[k];
      if (node.outputs() == 1) {
        node.view(k, 0, part);
      } else {
        node.out(k, node.type(0), part);
      }
    }
  }

  private long[] told(ShapeInference node, long dim) {
    long[] parts = sizes.values(node);
    if (parts == null) {
      return Axes.unknown(node.outputs());
    }
    long sum = 0;
    for (long part : parts) {
      sum = part < 0 ? -1 : Math.addExact(sum, part);
      if (sum < 0) {
        break;
      }
    }
    if (parts.length != node.outputs() || sum < 0 || (dim >= 0 && sum != dim)) {
      throw new Refusal(
          "split is %s, expected %d sizes with sum %d"
              .formatted(Arrays.toString(parts), node.outputs(), dim));
    }
    return parts;
  }

  private long[] equal(ShapeInference node, long dim) {
    int count = node.outputs();
    if (dim < 0) {
      return Axes.unknown(count);
    }
    if (dim % count != 0 && !smallerLast) {
      throw new Refusal("%d elements cannot be split into %d equal parts".formatted(dim, count));
    }
    long[] parts = new long[count];
    long size = dim / count + (dim % count == 0 ? 0 : 1);
    for (int k = 0; k < count; k++) {
      parts[k] = Math.clamp(dim - k * size, 0, size);
    }
    return parts;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Splitting(context);
  }

  private final class Splitting implements Kernel {
    private final Value in;
    private final Value[] out; // null: nobody wants it
    private final StridedCopy[] copies;

    Splitting(KernelContext context) {
      in = context.in(0);
      out = new Value[context.outputs()];
      Arrays.setAll(out, context::out);
      copies = new StridedCopy[out.length];
    }

    @Override
    public void prepare() {
      int at = Axes.of(axis, in.rank());
      Layout from = Layout.of(in.dims());
      for (int k = 0; k < out.length; k++) {
        copies[k] =
            StridedCopy.of(in.storage().bytes(), out[k].dims(), from, Layout.of(out[k].dims()));
        from = from.from(at, out[k].dim(at));
      }
    }

    @Override
    public void run() {
      for (int k = 0; k < out.length; k++) {
        copies[k].run(in.data(), out[k].data());
      }
    }
  }
}
