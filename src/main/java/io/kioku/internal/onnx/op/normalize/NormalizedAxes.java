package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.ShapeInference;
import java.util.Arrays;

/// The attributes of normalisations over the dimensions from an axis on.
record NormalizedAxes(float epsilon, long axis) {
  private static final float EPSILON = 1e-5f;

  static NormalizedAxes of(GraphNode node) {
    long type = node.attributes().integer("stash_type", ElementType.FLOAT.code());
    if (type != ElementType.FLOAT.code()) {
      throw new Refusal("attribute stash_type is %d, expected 1, float".formatted(type));
    }
    return new NormalizedAxes(
        node.attributes().real("epsilon", EPSILON), node.attributes().integer("axis", -1));
  }

  /// The first of these dimensions.
  int first(int rank) {
    if (axis < -rank || axis >= rank) {
      throw new Refusal("attribute axis is %d, input X has %d dimensions".formatted(axis, rank));
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /// The shape of what each row has one of.
  long[] rows(long[] x) {
    long[] rows = x.clone();
    Arrays.fill(rows, first(x.length), x.length, 1);
    return rows;
  }

  /// Rows that have a scale for each element.
  NormalizedRows.Sizes sizes(long[] x) {
    int first = first(x.length);
    long columns = Axes.product(x, first, x.length);
    return new NormalizedRows.Sizes(Axes.product(x, 0, first), columns, 1, columns);
  }

  /// Refuses an input that has not these dimensions, with any number of ones before them.
  void check(ShapeInference node, int input, long[] x) {
    long[] dims = node.dims(input);
    int first = first(x.length);
    int offset = dims == null ? 0 : x.length - dims.length;
    boolean fits = dims == null || (offset >= 0 && offset <= first);
    for (int d = 0; fits && dims != null && d < dims.length; d++) {
      long expected = d + offset < first ? 1 : x[d + offset];
      fits = dims[d] < 0 || expected < 0 || dims[d] == expected;
    }
    if (!fits) {
      throw new Refusal(
          "input %d has shape %s, expected the dimensions of X, %s, from %d on",
          input, new Dims(dims), new Dims(x), first);
    }
  }
}
