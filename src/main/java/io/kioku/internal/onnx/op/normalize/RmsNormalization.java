package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.NormalizationCall.Kind;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.RealInputs;
import io.kioku.internal.onnx.op.ShapeInference;
import java.util.Arrays;

/// RMSNormalization over the dimensions from an axis on: a layer normalisation that leaves the mean
/// where it is. ONNX Runtime writes it as SimplifiedLayerNormalization, which also gives the
/// reciprocal of the root of the mean square.
public final class RmsNormalization implements Operator {
  private final NormalizedAxes axes;
  private final int threads;

  private RmsNormalization(NormalizedAxes axes, int threads) {
    this.axes = axes;
    this.threads = threads;
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new RmsNormalization(NormalizedAxes.of(node), context.threads());
  }

  @Override
  public void infer(ShapeInference i) {
    i.need(0, "X");
    i.need(1, "scale");
    if (i.inputs() > 2) {
      throw new Refusal("there are %d inputs, expected 2".formatted(i.inputs()));
    }
    ElementType type = RealInputs.type(i, 0, 1);
    long[] x = i.dims(0);
    long[] rows = null;
    if (x != null) {
      rows = axes.rows(x);
      check(i.dims(1), Arrays.copyOfRange(x, axes.first(x.length), x.length));
    }
    i.out(0, type, x);
    i.out(1, ElementType.FLOAT, rows);
  }

  /// Refuses a scale that has not the normalised dimensions.
  private static void check(long[] scale, long[] part) {
    boolean fits = scale == null || scale.length == part.length;
    for (int d = 0; fits && scale != null && d < part.length; d++) {
      fits = scale[d] < 0 || part[d] < 0 || scale[d] == part[d];
    }
    if (!fits) {
      throw new Refusal("scale has shape %s, expected %s", new Dims(scale), new Dims(part));
    }
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new NormalizedRows(
            context,
            Kind.SQUARES,
            axes.epsilon(),
            0,
            threads,
            () -> axes.sizes(context.in(0).dims()))
        .scaled(context.in(1), null)
        .telling(null, context.outputs() > 1 ? context.out(1) : null);
  }
}
