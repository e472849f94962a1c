package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;

/// Softmax and LogSoftmax: along an axis; before operator set 13 over all dimensions from the axis
/// on.
public final class SoftmaxOperator implements Operator {
  private static final int ALONG_ONE_AXIS = 13;

  private final boolean isLog;
  private final long axis;
  private final boolean isOneAxis;

  private SoftmaxOperator(boolean isLog, GraphNode node) {
    this.isLog = isLog;
    isOneAxis = node.version() >= ALONG_ONE_AXIS;
    axis = node.attributes().integer("axis", isOneAxis ? -1 : 1);
  }

  /// The operator of a node, Softmax or LogSoftmax.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new SoftmaxOperator(node.operator().equals("LogSoftmax"), node);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public void infer(ShapeInference i) {
    i.need(0, "input");
    i.real(0);
    long[] x = i.dims(0);
    // a scalar has one element along an axis of its own
    if (x != null && (x.length > 0 || axis < -1 || axis > 0)) {
      long limit = isOneAxis ? x.length - 1 : x.length; // all dimensions may stand before the axis
      if (axis < -x.length || axis > limit) {
        throw new Refusal(
            "attribute axis is %d, the input has %d dimensions".formatted(axis, x.length));
      }
    }
    i.out(0, i.type(0), x);
  }

  /// The dimensions before the axis, along it and behind it, each as one.
  private long[] three(long[] x) {
    int at = (int) (axis < 0 ? axis + x.length : axis);
    long[] three = {1, 1, 1};
    for (int i = 0; i < x.length; i++) {
      int part = i < at ? 0 : i == at || !isOneAxis ? 1 : 2;
      three[part] *= x[i];
    }
    return three;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Rows(context.in(0), context.out(0));
  }

  /// Float32 by libkioku, float64 as loops.
  private final class Rows implements Kernel {
    private final Value x;
    private final Value y;
    private long[] three;

    Rows(Value x, Value y) {
      this.x = x;
      this.y = y;
    }

    @Override
    public void prepare() {
      three = three(x.dims());
    }

    @Override
    public void run() {
      if (y.storage() == ElementType.FLOAT) {
        Kernels.get()
            .softmax(isLog, three[0], three[1], three[2], x.data().address(), y.data().address());
        return;
      }
      for (long outer = 0; outer < three[0]; outer++) {
        for (long inner = 0; inner < three[2]; inner++) {
          row(outer * three[1] * three[2] + inner, three[2]);
        }
      }
    }

    private void row(long first, long step) {
      long end = first + three[1] * step;
      double max = Double.NEGATIVE_INFINITY;
      for (long i = first; i < end; i += step) {
        max = Math.max(max, x.asDouble(i));
      }
      double sum = 0;
      for (long i = first; i < end; i += step) {
        sum += Math.exp(x.asDouble(i) - max);
      }
      double log = Math.log(sum);
      for (long i = first; i < end; i += step) {
        double difference = x.asDouble(i) - max;
        y.setDouble(i, isLog ? difference - log : Math.exp(difference) / sum);
      }
    }
  }
}
