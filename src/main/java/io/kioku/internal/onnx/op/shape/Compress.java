package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// Compress: the slices of an axis for which a condition is true; the elements, if no axis is
/// named.
public final class Compress implements Operator {
  private final boolean flat;
  private final long axis;

  Compress(GraphNode node) {
    flat = !node.attributes().has("axis");
    axis = node.attributes().integer("axis", 0);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Compress(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    node.need(1, "condition");
    node.types(1, ElementType.BOOL);
    node.rank(1, 1);
    long[] dims = node.dims(0);
    if (flat) {
      node.later(0, Known.of(node.type(0), -1));
    } else if (dims == null) {
      node.later(0, Known.ofType(node.type(0)));
    } else {
      long[] result = dims.clone();
      result[Axes.of(axis, dims.length)] = -1;
      node.later(0, Known.of(node.type(0), result));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Picking(context.in(0), context.in(1), context.out(0));
  }

  private final class Picking implements Kernel {
    private final Value in;
    private final Value condition;
    private final Value out;
    private long[] dims;
    private int at;
    private long outer;
    private long count;
    private long slice; // in bytes

    Picking(Value in, Value condition, Value out) {
      this.in = in;
      this.condition = condition;
      this.out = out;
    }

    @Override
    public void prepare() {
      at = flat ? 0 : Axes.of(axis, in.rank());
      dims = flat ? new long[1] : in.dims().clone();
      outer = flat ? 1 : Axes.product(dims, 0, at);
      count = flat ? in.size() : dims[at];
      slice = (flat ? 1 : Axes.product(dims, at + 1, dims.length)) * in.storage().bytes();
      if (condition.size() > count) {
        throw new Refusal("%d conditions for %d slices".formatted(condition.size(), count));
      }
    }

    @Override
    public void run() {
      long picked = 0;
      for (long i = 0; i < condition.size(); i++) {
        picked += condition.bool(i) ? 1 : 0;
      }
      dims[at] = picked;
      out.resize(in.type(), dims);
      long place = 0;
      for (long o = 0; o < outer; o++) {
        for (long i = 0; i < condition.size(); i++) {
          if (condition.bool(i)) {
            StridedCopy.bytes(in.data(), (o * count + i) * slice, out.data(), place, slice);
            place += slice;
          }
        }
      }
    }
  }
}
