package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.RunningSumCall;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.AxisSizes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.NativeTypes;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;

/// CumSum: the sum of all elements up to each, along an axis.
public final class CumSum implements Operator {
  private final boolean exclusive; // an element is not part of its sum
  private final boolean reverse; // from the last element

  CumSum(GraphNode node) {
    exclusive = node.attributes().flag("exclusive", false);
    reverse = node.attributes().flag("reverse", false);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new CumSum(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "x");
    node.need(1, "axis");
    node.indices(1);
    node.single(1);
    node.types(
        0,
        ElementType.FLOAT,
        ElementType.DOUBLE,
        ElementType.FLOAT16,
        ElementType.BFLOAT16,
        ElementType.INT32,
        ElementType.INT64,
        ElementType.UINT32,
        ElementType.UINT64);
    long[] axis = node.longs(1);
    if (axis != null && node.dims(0) != null) {
      Axes.of(axis[0], node.dims(0).length);
    }
    node.out(0, node.type(0), node.dims(0));
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Summing(context);
  }

  private final class Summing implements Kernel {
    private final Value in;
    private final Value axis;
    private final Value out;
    private final RunningSumCall call;
    private int along = -1; // the axis that the call's sizes are of

    Summing(KernelContext context) {
      in = context.in(0);
      axis = context.in(1);
      out = context.out(0);
      call = new RunningSumCall(exclusive, reverse, context.arena());
    }

    @Override
    public void prepare() {
      along = -1;
    }

    @Override
    public void run() {
      // the axis is an input, which may change when shapes do not
      int now = Axes.of(axis.asLong(0), in.rank());
      if (now != along) {
        AxisSizes sizes = AxisSizes.of(in.dims(), now);
        call.sizes(NativeTypes.of(in.type()), sizes.outer(), sizes.count(), sizes.inner());
        along = now;
      }
      if (in.size() > 0) {
        call.run(in.data().address(), out.data().address());
      }
    }
  }
}
