package io.kioku.internal.onnx.op.quantize;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Value;

/// Which scale and zero point a tensor's elements have: all the same ones, or those of their place
/// along an axis, or those of their block along an axis.
///
/// @param axis from the end if below 0
/// @param block elements along the axis that share a scale; 0 if there are no blocks
record Scales(int axis, long block) {
  private static final int DEFAULT_AXIS = 1;

  /// Reads the attributes.
  static Scales of(Node node) {
    long block = node.attributes().integer("block_size", 0);
    if (block < 0) {
      throw new Refusal("attribute block_size is %d, expected at least 0".formatted(block));
    }
    return new Scales(node.attributes().small("axis", DEFAULT_AXIS), block);
  }

  /// Refuses a scale (input 1) or zero point (input 2) whose shape does not fit the tensor's (input
  /// 0).
  void check(Inference node) {
    long[] dims = node.dims(0);
    long[] scale = node.dims(1);
    long[] zero = node.dims(2);
    if (scale != null && zero != null && !(one(scale) && one(zero))) {
      require(zero, scale, "the zero point");
    }
    if (scale == null || dims == null || (one(scale) && block == 0)) {
      return;
    }
    int at = axis(dims.length);
    long[] expected = block == 0 ? new long[] {dims[at]} : dims.clone();
    if (block > 0 && dims[at] >= 0) {
      expected[at] = Math.ceilDiv(dims[at], block);
    }
    require(scale, expected, "the scale");
  }

  private static void require(long[] dims, long[] expected, String what) {
    boolean fits = dims.length == expected.length;
    for (int i = 0; fits && i < dims.length; i++) {
      fits = dims[i] == expected[i] || dims[i] < 0 || expected[i] < 0;
    }
    if (!fits) {
      throw new Refusal("%s has shape %s, expected %s", what, new Dims(dims), new Dims(expected));
    }
  }

  private static boolean one(long[] dims) {
    return dims.length == 0 || (dims.length == 1 && dims[0] == 1);
  }

  private int axis(int rank) {
    int at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank) {
      throw new Refusal("axis %d of %d dimensions".formatted(axis, rank));
    }
    return at;
  }

  /// The way through a tensor of known shape.
  Walk walk(Value x, Value scale) {
    if (one(scale.dims()) && block == 0) {
      return new Walk(1, 1, x.size(), 1, 0, 0, 0);
    }
    int at = axis(x.rank());
    long outer = 1;
    long inner = 1;
    for (int i = 0; i < x.rank(); i++) {
      outer *= i < at ? x.dim(i) : 1;
      inner *= i > at ? x.dim(i) : 1;
    }
    return block == 0
        ? new Walk(outer, x.dim(at), inner, 1, 0, 1, 0)
        : new Walk(outer, x.dim(at), inner, block, scale.dim(at) * inner, inner, 1);
  }

  /// A tensor as (outer, length, inner); element (o, a, i) has the scale at `o * outerStride + a /
  /// block * stride + i * innerStride`.
  record Walk(
      long outer,
      long length,
      long inner,
      long block,
      long outerStride,
      long stride,
      long innerStride) {}
}
