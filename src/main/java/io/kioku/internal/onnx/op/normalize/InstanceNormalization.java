package io.kioku.internal.onnx.op.normalize;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.RealInputs;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Sums;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.normalize.ChannelAffine.Channels;

/// InstanceNormalization: each channel of each instance of `(N, C, ...)` by its own mean and
/// variance.
public final class InstanceNormalization implements Operator {
  private static final float EPSILON = 1e-5f;

  private final float epsilon;

  private InstanceNormalization(GraphNode node) {
    epsilon = node.attributes().real("epsilon", EPSILON);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new InstanceNormalization(node);
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
    Value scale = context.in(1);
    Value bias = context.in(2);
    Value y = context.out(0);
    return () -> {
      long channels = x.dim(1);
      long rows = x.dim(0) * channels;
      long columns = rows == 0 ? 0 : x.size() / rows;
      for (long row = 0; row < rows; row++) {
        long first = row * columns;
        double mean = Sums.sum(x, first, columns) / (double) columns;
        double variance = Sums.squares(x, first, columns, mean) / (double) columns;
        double factor = scale.asDouble(row % channels) / Math.sqrt(variance + epsilon);
        double shift = bias.asDouble(row % channels) - mean * factor;
        ChannelAffine.row(x, y, first, columns, factor, shift);
      }
    };
  }
}
