package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ExtremeCall;
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

/// Hardmax: 1 at the first of the greatest along an axis, 0 elsewhere; before operator set 13 over
/// all axes from one on.
public final class Hardmax implements Operator {
  private static final int ALONG_ONE_AXIS = 13;

  private final boolean isFlat;
  private final long axis;

  private Hardmax(GraphNode node) {
    isFlat = node.version() < ALONG_ONE_AXIS;
    axis = node.attributes().integer("axis", isFlat ? 1 : -1);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Hardmax(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    node.real(0);
    long[] x = node.dims(0);
    if (x != null) {
      at(x.length);
    }
    node.out(0, node.type(0), x);
  }

  /// All dimensions may stand before those that are one.
  private int at(int rank) {
    return isFlat && axis == rank ? rank : Axes.of(axis, rank);
  }

  private AxisSizes sizes(long[] x) {
    int at = at(x.length);
    return isFlat
        ? new AxisSizes(Axes.product(x, 0, at), Axes.product(x, at, x.length), 1)
        : AxisSizes.of(x, at);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Ones(context);
  }

  private final class Ones implements Kernel {
    private final Value x;
    private final Value y;
    private final Value places;
    private final ExtremeCall call;
    private AxisSizes sizes;

    Ones(KernelContext context) {
      x = context.in(0);
      y = context.out(0);
      places = context.scratch();
      call = new ExtremeCall(false, false, context.arena());
    }

    @Override
    public void prepare() {
      sizes = sizes(x.dims());
      places.resize(ElementType.INT64, sizes.outer(), sizes.inner());
      call.sizes(NativeTypes.of(x.type()), sizes.outer(), sizes.count(), sizes.inner());
    }

    @Override
    public void run() {
      if (x.size() == 0) {
        return;
      }
      call.run(x.data().address(), places.data().address());
      y.data().fill((byte) 0);
      long k = 0;
      for (long outer = 0; outer < sizes.outer(); outer++) {
        for (long inner = 0; inner < sizes.inner(); inner++) {
          long place = outer * sizes.count() + places.asLong(k++);
          y.setDouble(place * sizes.inner() + inner, 1);
        }
      }
    }
  }
}
