package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
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
import java.util.Arrays;

/// LayerNormalization over the dimensions from an axis on; also gives the mean and the reciprocal
/// of the standard deviation.
public final class LayerNormalization implements Operator {
  private static final float EPSILON = 1e-5f;

  private final float epsilon;
  private final long axis;

  private LayerNormalization(GraphNode node) {
    epsilon = node.attributes().real("epsilon", EPSILON);
    axis = node.attributes().integer("axis", -1);
    long type = node.attributes().integer("stash_type", ElementType.FLOAT.code());
    if (type != ElementType.FLOAT.code()) {
      throw new Refusal("attribute stash_type is %d, expected 1, float".formatted(type));
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new LayerNormalization(node);
  }

  @Override
  public void infer(ShapeInference i) {
    i.need(0, "X");
    i.need(1, "Scale");
    var type = RealInputs.type(i, 0, 1, 2);
    long[] x = i.dims(0);
    long[] rows = null;
    if (x != null) {
      if (axis < -x.length || axis >= x.length) {
        throw new Refusal(
            "attribute axis is %d, input X has %d dimensions".formatted(axis, x.length));
      }
      rows = x.clone();
      Arrays.fill(rows, axis(x.length), x.length, 1);
      check(i, 1, x);
      check(i, 2, x);
    }
    i.out(0, type, x);
    i.out(1, ElementType.FLOAT, rows);
    i.out(2, ElementType.FLOAT, rows);
  }

  private int axis(int rank) {
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /// Refuses an input that has not the normalised dimensions, with any number of ones before them.
  private void check(ShapeInference i, int input, long[] x) {
    long[] dims = i.dims(input);
    int offset = dims == null ? 0 : x.length - dims.length;
    boolean fits = dims == null || (offset >= 0 && offset <= axis(x.length));
    for (int d = 0; fits && dims != null && d < dims.length; d++) {
      long expected = d + offset < axis(x.length) ? 1 : x[d + offset];
      fits = dims[d] < 0 || expected < 0 || dims[d] == expected;
    }
    if (!fits) {
      throw new Refusal(
          "input %d has shape %s, expected the dimensions of X, %s, from %d on",
          input, new Dims(dims), new Dims(x), axis(x.length));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new RowKernel(context);
  }

  private final class RowKernel implements Kernel {
    private final Value x;
    private final Value scale;
    private final Value bias;
    private final Value y;
    private final Value mean; // null if there is no such output
    private final Value inverse; // likewise

    RowKernel(KernelContext context) {
      x = context.in(0);
      scale = context.in(1);
      bias = context.in(2);
      y = context.out(0);
      mean = context.outputs() > 1 ? context.out(1) : null;
      inverse = context.outputs() > 2 ? context.out(2) : null;
    }

    @Override
    public void run() {
      long columns = scale.size();
      long rows = columns == 0 ? 0 : x.size() / columns;
      for (long row = 0; row < rows; row++) {
        long first = row * columns;
        double centre = Sums.sum(x, first, columns) / (double) columns;
        double variance = Sums.squares(x, first, columns, centre) / (double) columns;
        double factor = 1 / Math.sqrt(variance + epsilon);
        ChannelAffine.row(x, y, first, columns, factor, -centre * factor);
        ChannelAffine.elements(y, y, first, scale, bias);
        if (mean != null) {
          mean.f32(row, (float) centre);
        }
        if (inverse != null) {
          inverse.f32(row, (float) factor);
        }
      }
    }
  }
}
