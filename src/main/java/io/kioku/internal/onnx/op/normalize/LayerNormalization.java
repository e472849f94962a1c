package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.NormalizationCall.Kind;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.RealInputs;
import io.kioku.internal.onnx.op.ShapeInference;

/// LayerNormalization over the dimensions from an axis on; also gives the mean and the reciprocal
/// of the standard deviation.
public final class LayerNormalization implements Operator {
  private final NormalizedAxes axes;
  private final int threads;

  private LayerNormalization(NormalizedAxes axes, int threads) {
    this.axes = axes;
    this.threads = threads;
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new LayerNormalization(NormalizedAxes.of(node), context.threads());
  }

  @Override
  public void infer(ShapeInference i) {
    i.need(0, "X");
    i.need(1, "Scale");
    ElementType type = RealInputs.type(i, 0, 1, 2);
    long[] x = i.dims(0);
    long[] rows = null;
    if (x != null) {
      rows = axes.rows(x);
      axes.check(i, 1, x);
      axes.check(i, 2, x);
    }
    i.out(0, type, x);
    i.out(1, ElementType.FLOAT, rows);
    i.out(2, ElementType.FLOAT, rows);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new NormalizedRows(
            context,
            Kind.CENTRED,
            axes.epsilon(),
            0,
            threads,
            () -> axes.sizes(context.in(0).dims()))
        .scaled(context.in(1), context.in(2))
        .telling(
            context.outputs() > 1 ? context.out(1) : null,
            context.outputs() > 2 ? context.out(2) : null);
  }
}
