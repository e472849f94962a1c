package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;

/// TopK: the greatest or least elements along an axis, in order, and where they were.
final class TopK implements Operator {
  /// The most elements along the axis: they are sorted on the Java heap.
  private static final long LARGEST = 1 << 24;

  private final long axis;
  private final boolean least;
  private final long fixed; // k before operator set 10; -1: an input

  TopK(Node node) {
    axis = node.attributes().integer("axis", -1);
    least = !node.attributes().flag("largest", true);
    node.attributes().ignore("sorted"); // they are sorted in any case
    fixed = node.version() < 10 ? node.attributes().integer("k", 0) : -1;
    if (node.version() < 10 && fixed < 1) {
      throw new Refusal("attribute k is %d, expected at least 1".formatted(fixed));
    }
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "X");
    if (node.type(0) == ElementType.BOOL) {
      throw new Refusal("input 0 has type bool, expected numbers");
    }
    long k = fixed < 0 ? given(node) : fixed;
    long[] dims = node.dims(0);
    long[] result = null;
    if (dims != null) {
      int at = Axes.of(axis, dims.length);
      if (dims[at] >= 0 && k > dims[at]) {
        throw new Refusal("k is %d, expected 0 to %d".formatted(k, dims[at]));
      }
      if (dims[at] > LARGEST) {
        throw new Refusal(
            "axis %d has %d elements, expected at most %d".formatted(at, dims[at], LARGEST));
      }
      result = dims.clone();
      result[at] = k;
    }
    node.out(0, node.type(0), result);
    node.out(1, ElementType.INT64, result);
  }

  /// The input k; -1 if it is unknown.
  private static long given(Inference node) {
    node.need(1, "K");
    node.types(1, ElementType.INT64);
    node.single(1);
    long[] values = node.longs(1);
    if (values != null && values[0] < 0) {
      throw new Refusal("k is %d, expected at least 0".formatted(values[0]));
    }
    return values == null ? -1 : values[0];
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new TopKernel(context, axis, least);
  }
}
