package io.kioku.internal.onnx.op;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.Arrays;

/// A list of integers that decides shapes: in older operator sets an attribute, in newer ones an
/// input.
public final class Listed {
  private final String name;
  private final long[] attribute;
  private final int input;

  private Listed(String name, long[] attribute, int input) {
    this.name = name;
    this.attribute = attribute;
    this.input = input;
  }

  /// The list of such a name.
  ///
  /// @param since the first operator set in which it is an input
  /// @param input which one
  public static Listed of(GraphNode node, String name, int since, int input) {
    return node.version() < since
        ? new Listed(name, node.attributes().integers(name), -1)
        : new Listed(name, null, input);
  }

  /// Refuses the node unless it is given.
  public void need(ShapeInference node) {
    if (!isGiven(node)) {
      throw new Refusal("%s %s is missing".formatted(input < 0 ? "attribute" : "input", name));
    }
  }

  /// Whether it is not left out.
  public boolean isGiven(ShapeInference node) {
    return input < 0 ? attribute != null : node.has(input);
  }

  /// The values; null if they are unknown, or left out.
  ///
  /// @throws io.kioku.internal.onnx.graph.Refusal if the input is no list of integers
  public long[] values(ShapeInference node) {
    if (input < 0) {
      return attribute;
    }
    node.indices(input);
    checkRank(node.dims(input));
    return node.longs(input);
  }

  private void checkRank(long[] dims) {
    if (dims != null && dims.length > 1) {
      throw new Refusal("input %d has shape %s, expected a list", input, new Dims(dims));
    }
  }

  /// How many there are; -1 if that is unknown. A scalar is a list of one.
  public int count(ShapeInference node) {
    long[] values = values(node);
    if (values != null || !isGiven(node)) {
      return values == null ? -1 : values.length;
    }
    long[] dims = node.dims(input);
    long count = dims == null ? -1 : Axes.product(dims, 0, dims.length);
    ShapeInference.checkCount(input, count);
    return (int) count;
  }

  /// The values in a context; null if they are left out.
  public long[] values(KernelContext context) {
    if (input < 0) {
      return attribute;
    }
    Value value = context.in(input);
    if (value == null) {
      return null;
    }
    long[] values = new long[Math.toIntExact(value.size())];
    Arrays.setAll(values, value::asLong);
    return values;
  }
}
