package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Operator;
import java.util.Arrays;
import java.util.stream.LongStream;

/// Pad: more elements before the first and behind the last of each axis, or fewer where the pads
/// are negative.
final class Pad implements Operator {
  /// What the new elements are.
  enum Mode {
    CONSTANT,
    REFLECT,
    EDGE,
    WRAP;

    /// Which element lies at an index beyond the first or last of `dim`; -1: the constant.
    long source(long index, long dim) {
      if (index >= 0 && index < dim) {
        return index;
      }
      return switch (this) {
        case CONSTANT -> -1;
        case EDGE -> Math.clamp(index, 0, dim - 1);
        case WRAP -> Math.floorMod(index, dim);
        case REFLECT -> {
          long period = Math.max(1, 2 * (dim - 1));
          long place = Math.floorMod(index, period);
          yield Math.min(place, period - place) % dim;
        }
      };
    }
  }

  private final Mode mode;
  private final Listed pads;
  private final Listed axes;
  private final float constant; // before operator set 11
  private final boolean constantIsInput;

  Pad(Node node) {
    Attributes attributes = node.attributes();
    String text = attributes.text("mode", "constant");
    mode =
        switch (text) {
          case "constant" -> Mode.CONSTANT;
          case "reflect" -> Mode.REFLECT;
          case "edge" -> Mode.EDGE;
          case "wrap" -> Mode.WRAP;
          default ->
              throw new Refusal(
                  "attribute mode is '%s', expected constant, reflect, edge or wrap"
                      .formatted(text));
        };
    pads = Listed.of(node, "pads", 11, 1);
    axes = Listed.of(node, "axes", 11, 3);
    constantIsInput = node.version() >= 11;
    constant = constantIsInput ? 0 : attributes.real("value", 0);
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "data");
    if (!pads.isGiven(node)) {
      throw new Refusal("pads are missing");
    }
    if (constantIsInput && node.has(2)) {
      node.single(2);
      if (node.type(0) != null) {
        node.types(2, node.type(0));
      }
    }
    long[] dims = node.dims(0);
    long[] amounts = pads.values(node);
    long[] named = axes.values(node);
    if (dims == null || amounts == null || (axes.isGiven(node) && named == null)) {
      node.out(0, node.type(0), Axes.unknown(Axes.rank(dims)));
      return;
    }
    long[] all = spread(amounts, named, dims.length);
    long[] result = dims.clone();
    for (int axis = 0; axis < dims.length; axis++) {
      long before = all[axis];
      long after = all[axis + dims.length];
      if (dims[axis] >= 0) {
        result[axis] = padded(dims[axis], before, after);
      } else if (before != 0 || after != 0) {
        result[axis] = -1;
      }
    }
    if (Arrays.stream(all).allMatch(pad -> pad == 0)) {
      node.view(0, 0, result);
    } else {
      node.out(0, node.type(0), result);
    }
  }

  private long padded(long dim, long before, long after) {
    long result = Math.addExact(dim, Math.addExact(before, after));
    long kept = dim + Math.min(0, before) + Math.min(0, after);
    if (result < 0 || (mode != Mode.CONSTANT && kept <= 0 && result > 0)) {
      throw new Refusal("%d elements cannot be padded by %d and %d".formatted(dim, before, after));
    }
    return result;
  }

  /// The pads of all axes: first those before, then those behind.
  private static long[] spread(long[] amounts, long[] axes, int rank) {
    long[] named = axes == null ? LongStream.range(0, rank).toArray() : axes;
    Axes.set(named, rank); // none twice
    if (amounts.length != 2 * named.length) {
      throw new Refusal(
          "%d pads of %d axes, expected two of each".formatted(amounts.length, named.length));
    }
    long[] all = new long[2 * rank];
    for (int k = 0; k < named.length; k++) {
      int axis = Axes.of(named[k], rank);
      all[axis] = amounts[k];
      all[axis + rank] = amounts[k + named.length];
    }
    return all;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new PadKernel(
        context,
        mode,
        constantIsInput ? context.in(2) : null,
        constant,
        () -> spread(pads.values(context), axes.values(context), context.in(0).rank()));
  }
}
