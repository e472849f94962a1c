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

/// RMSNormalization over the dimensions from an axis on: a layer normalisation that leaves the mean
/// where it is. ONNX Runtime writes it as SimplifiedLayerNormalization, which also gives the
/// reciprocal of the root of the mean square.
public final class RmsNormalization implements Operator {
  private static final float EPSILON = 1e-5f;

  private final float epsilon;
  private final long axis;

  private RmsNormalization(GraphNode node) {
    epsilon = node.attributes().real("epsilon", EPSILON);
    axis = node.attributes().integer("axis", -1);
    long type = node.attributes().integer("stash_type", ElementType.FLOAT.code());
    if (type != ElementType.FLOAT.code()) {
      throw new Refusal("attribute stash_type is %d, expected 1, float".formatted(type));
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new RmsNormalization(node);
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
      if (axis < -x.length || axis >= x.length) {
        throw new Refusal(
            "attribute axis is %d, input X has %d dimensions".formatted(axis, x.length));
      }
      int first = (int) (axis < 0 ? axis + x.length : axis);
      rows = x.clone();
      Arrays.fill(rows, first, x.length, 1);
      check(i.dims(1), Arrays.copyOfRange(x, first, x.length));
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
  public Kernel kernel(KernelContext context) {
    Value x = context.in(0);
    Value scale = context.in(1);
    Value y = context.out(0);
    Value inverse = context.outputs() > 1 ? context.out(1) : null;
    return () -> {
      long columns = scale.size();
      long rows = columns == 0 ? 0 : x.size() / columns;
      for (long row = 0; row < rows; row++) {
        long first = row * columns;
        double square = Sums.squares(x, first, columns, 0) / (double) columns;
        double factor = 1 / Math.sqrt(square + epsilon);
        ChannelAffine.row(x, y, first, columns, factor, 0);
        ChannelAffine.elements(y, y, first, scale, null);
        if (inverse != null) {
          inverse.f32(row, (float) factor);
        }
      }
    };
  }
}
