package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.TopCall;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.AxisSizes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.NativeTypes;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;

/// TopK: the greatest or least elements along an axis, in order, and where they were.
public final class TopK implements Operator {
  private final long axis;
  private final boolean least;
  private final long fixed; // k before operator set 10; -1: an input

  TopK(GraphNode node) {
    axis = node.attributes().integer("axis", -1);
    least = !node.attributes().flag("largest", true);
    node.attributes().ignore("sorted"); // they are sorted in any case
    fixed = node.version() < 10 ? node.attributes().integer("k", 0) : -1;
    if (node.version() < 10 && fixed < 1) {
      throw new Refusal("attribute k is %d, expected at least 1".formatted(fixed));
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new TopK(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "X");
    if (node.type(0) == ElementType.BOOL) {
      throw new Refusal("input 0 has type bool, expected numbers");
    }
    long k = fixed < 0 ? given(node) : fixed;
    long[] dims = node.dims(0);
    long[] result = null;
    if (dims != null) {
      int at = Axes.of(axis, dims.length);
      if (dims[at] >= 0 && k > dims[at]) {
        throw new Refusal("k is %d, expected 0 to %d".formatted(k, dims[at]));
      }
      result = dims.clone();
      result[at] = k;
    }
    node.out(0, node.type(0), result);
    node.out(1, ElementType.INT64, result);
  }

  /// The input k; -1 if it is unknown.
  private static long given(ShapeInference node) {
    node.need(1, "K");
    node.types(1, ElementType.INT64);
    node.single(1);
    long[] values = node.longs(1);
    if (values != null && values[0] < 0) {
      throw new Refusal("k is %d, expected at least 0".formatted(values[0]));
    }
    return values == null ? -1 : values[0];
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new TopKernel(context);
  }

  private final class TopKernel implements Kernel {
    private final Value in;
    private final Value values;
    private final Value indices; // null: there is no such output
    private final Value work;
    private final TopCall call;

    TopKernel(KernelContext context) {
      in = context.in(0);
      values = context.out(0);
      indices = context.outputs() > 1 ? context.out(1) : null;
      work = context.scratch();
      call = new TopCall(least, context.arena());
    }

    @Override
    public void prepare() {
      int at = Axes.of(axis, in.rank());
      AxisSizes sizes = AxisSizes.of(in.dims(), at);
      long k = values.dim(at);
      work.resize(ElementType.INT64, k, TopCall.WORK);
      call.sizes(NativeTypes.of(in.type()), sizes.outer(), sizes.count(), sizes.inner(), k);
    }

    @Override
    public void run() {
      if (values.size() > 0) {
        call.run(
            in.data().address(),
            values.data().address(),
            indices == null ? 0 : indices.data().address(),
            work.data().address());
      }
    }
  }
}
