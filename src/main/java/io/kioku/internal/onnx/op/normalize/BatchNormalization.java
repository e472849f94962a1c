package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.NormalizationCall;
import io.kioku.internal.ffi.NormalizationCall.Kind;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.RealInputs;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;

/// BatchNormalization with the statistics of the training: each channel of `(N, C, ...)` is scaled
/// and shifted.
public final class BatchNormalization implements Operator {
  private static final int SCALE = 1;
  private static final int BIAS = 2;
  private static final int MEAN = 3;
  private static final int VARIANCE = 4;
  private static final float EPSILON = 1e-5f;

  private final float epsilon;
  private final int threads;

  private BatchNormalization(GraphNode node, int threads) {
    this.threads = threads;
    epsilon = node.attributes().real("epsilon", EPSILON);
    node.attributes().ignore("momentum");
    if (node.attributes().flag("training_mode", false)) {
      throw new Refusal("attribute training_mode is 1, expected 0");
    }
    if (!node.attributes().flag("spatial", true)) {
      throw new Refusal("attribute spatial is 0, expected 1");
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new BatchNormalization(node, context.threads());
  }

  @Override
  public void infer(ShapeInference i) {
    i.need(0, "X");
    i.need(SCALE, "scale");
    i.need(BIAS, "B");
    i.need(MEAN, "input_mean");
    i.need(VARIANCE, "input_var");
    i.real(0);
    RealInputs.type(i, SCALE, BIAS);
    RealInputs.type(i, MEAN, VARIANCE);
    long[] x = i.dims(0);
    if (x != null && x.length == 0) {
      throw new Refusal("input X is a scalar, expected (N, C, ...)");
    }
    long channels = x == null ? -1 : x.length == 1 ? 1 : x[1];
    for (int input = SCALE; input <= VARIANCE; input++) {
      Channels.check(i, input, channels);
    }
    for (int output = 1; output < i.outputs(); output++) {
      if (i.wants(output)) {
        throw new Refusal("output %d is of training, expected only the first".formatted(output));
      }
    }
    i.out(0, i.type(0), x);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Channel(context);
  }

  private final class Channel implements Kernel {
    private final Value x;
    private final Value y;
    private final Value scale;
    private final Value bias;
    private final Value mean;
    private final Value variance;
    private final Value factors;
    private final Value shifts;
    private final boolean isConstant;
    private final NormalizationCall call;
    private long channels;
    private long columns; // elements of a channel that lie side by side

    Channel(KernelContext context) {
      x = context.in(0);
      y = context.out(0);
      scale = context.in(SCALE);
      bias = context.in(BIAS);
      mean = context.in(MEAN);
      variance = context.in(VARIANCE);
      factors = context.scratch();
      shifts = context.scratch();
      call = new NormalizationCall(Kind.NOTHING, 0, 0, threads, context.arena());
      isConstant =
          scale.isConstant() && bias.isConstant() && mean.isConstant() && variance.isConstant();
    }

    @Override
    public void prepare() {
      factors.resize(y.storage(), scale.size());
      shifts.resize(y.storage(), scale.size());
      channels = factors.size();
      long rows = x.rank() == 1 ? 1 : x.dim(0) * channels;
      columns = rows == 0 ? 0 : x.size() / rows;
      if (columns > 0) {
        call.sizes(rows / channels, channels * columns, columns, channels);
      }
      fold();
    }

    private void fold() {
      for (long c = 0; c < factors.size(); c++) {
        double factor = scale.asDouble(c) / Math.sqrt(variance.asDouble(c) + epsilon);
        factors.setDouble(c, factor);
        shifts.setDouble(c, bias.asDouble(c) - mean.asDouble(c) * factor);
      }
    }

    @Override
    public void run() {
      if (!isConstant) {
        fold();
      }
      if (y.storage() != ElementType.FLOAT) {
        for (long k = 0; k < x.size(); k++) {
          long c = k / columns % channels;
          y.setDouble(k, x.asDouble(k) * factors.asDouble(c) + shifts.asDouble(c));
        }
      } else if (columns > 0) {
        long scale = factors.data().address();
        call.run(scale, shifts.data().address(), x.data().address(), y.data().address(), 0, 0);
      }
    }
  }
}
