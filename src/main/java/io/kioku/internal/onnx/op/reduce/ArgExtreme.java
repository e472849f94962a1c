package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ExtremeCall;
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
import java.util.Arrays;

/// ArgMax and ArgMin: the index of the greatest or least element along an axis; NaN is both.
public final class ArgExtreme implements Operator {
  private final boolean least;
  private final long axis;
  private final boolean keep; // the axis stays, with one element
  private final boolean last; // of several equal ones

  ArgExtreme(GraphNode node, boolean least) {
    this.least = least;
    axis = node.attributes().integer("axis", 0);
    keep = node.attributes().flag("keepdims", true);
    last = node.attributes().flag("select_last_index", false);
  }

  /// The operator of a node, ArgMax or ArgMin.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new ArgExtreme(node, node.operator().equals("ArgMin"));
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "data");
    if (node.type(0) == ElementType.BOOL) {
      throw new Refusal("input 0 has type bool, expected numbers");
    }
    long[] dims = node.dims(0);
    if (dims == null) {
      node.out(0, ElementType.INT64, (long[]) null);
      return;
    }
    int at = Axes.of(axis, dims.length);
    if (dims[at] == 0 && Arrays.stream(dims).filter(dim -> dim <= 0).count() == 1) {
      throw new Refusal("axis %d has no elements".formatted(at));
    }
    long[] result = new long[keep ? dims.length : dims.length - 1];
    for (int i = 0, rank = 0; i < dims.length; i++) {
      if (i != at) {
        result[rank++] = dims[i];
      } else if (keep) {
        result[rank++] = 1;
      }
    }
    node.out(0, ElementType.INT64, result);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Searching(context);
  }

  private final class Searching implements Kernel {
    private final Value in;
    private final Value out;
    private final ExtremeCall call;

    Searching(KernelContext context) {
      in = context.in(0);
      out = context.out(0);
      call = new ExtremeCall(least, last, context.arena());
    }

    @Override
    public void prepare() {
      AxisSizes sizes = AxisSizes.of(in.dims(), Axes.of(axis, in.rank()));
      call.sizes(NativeTypes.of(in.type()), sizes.outer(), sizes.count(), sizes.inner());
    }

    @Override
    public void run() {
      if (out.size() > 0) {
        call.run(in.data().address(), out.data().address());
      }
    }
  }
}
