package io.kioku.internal.onnx.op.normalize;

import io.kioku.internal.ffi.NormalizationCall.Kind;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.RealInputs;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;

/// InstanceNormalization: each channel of each instance of `(N, C, ...)` by its own mean and
/// variance.
public final class InstanceNormalization implements Operator {
  private static final float EPSILON = 1e-5f;

  private final float epsilon;
  private final int threads;

  private InstanceNormalization(GraphNode node, int threads) {
    this.threads = threads;
    epsilon = node.attributes().real("epsilon", EPSILON);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new InstanceNormalization(node, context.threads());
  }

  @Override
  public void infer(ShapeInference i) {
    i.need(0, "input");
    i.need(1, "scale");
    i.need(2, "B");
    var type = RealInputs.type(i, 0, 1, 2);
    long[] x = i.dims(0);
    if (x != null && x.length < 2) {
      throw new Refusal("the input has shape %s, expected (N, C, ...)", new Dims(x));
    }
    Channels.check(i, 1, x == null ? -1 : x[1]);
    Channels.check(i, 2, x == null ? -1 : x[1]);
    i.out(0, type, x);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value x = context.in(0);
    return new NormalizedRows(context, Kind.CENTRED, epsilon, 0, threads, () -> sizes(x.dims()))
        .scaled(context.in(1), context.in(2));
  }

  private static NormalizedRows.Sizes sizes(long[] x) {
    long columns = Axes.product(x, 2, x.length);
    return new NormalizedRows.Sizes(Math.multiplyExact(x[0], x[1]), columns, columns, x[1]);
  }

  @Override
  public String backend() {
    return "kioku";
  }
}
