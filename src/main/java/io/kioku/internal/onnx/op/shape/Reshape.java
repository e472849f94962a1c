package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Shapes;
import io.kioku.internal.onnx.op.View;
import java.util.Arrays;

/// Reshape: the same elements under another shape. In the shape that is asked for, 0 is the
/// dimension that was there before (unless `allowzero`), and one -1 is what is left.
public final class Reshape implements View {
  private final boolean allowZero;
  private final Listed shape;

  Reshape(GraphNode node) {
    allowZero = node.attributes().flag("allowzero", false);
    shape = Listed.of(node, "shape", 5, 1);
  }

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.operator()) {
      case "Identity" -> new Identity();
      case "Reshape" -> new Reshape(node);
      case "Flatten" -> new Flatten(node);
      case "Squeeze" -> new Squeeze(node);
      case "Unsqueeze" -> new Unsqueeze(node);
      default -> throw new IllegalArgumentException(node.operator());
    };
  }

  /// What it is given, a tensor or a list of them.
  private static final class Identity implements View {
    @Override
    public boolean takesSequences() {
      return true;
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "input");
      node.view(0, 0, node.dims(0));
    }
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "data");
    shape.need(node);
    long[] asked = shape.values(node);
    if (asked != null) {
      node.view(0, 0, resolve(node.dims(0), asked));
    } else {
      node.view(0, 0, Axes.unknown(shape.count(node)));
    }
  }

  /// The shape that is meant; with unknown dimensions if the input has such.
  private long[] resolve(long[] dims, long[] asked) {
    long[] result = asked.clone();
    int open = -1;
    boolean[] copied = new boolean[dims == null ? 0 : dims.length];
    long product = 1; // of those that are not copied
    for (int i = 0; i < asked.length; i++) {
      if (asked[i] == 0 && !allowZero) {
        if (dims != null && i >= dims.length) {
          throw impossible(dims, asked);
        }
        result[i] = dims == null ? -1 : dims[i];
        if (dims != null) {
          copied[i] = true;
        }
      } else if (asked[i] >= 0) {
        product = Math.multiplyExact(product, asked[i]);
      } else if (asked[i] == -1 && open < 0) {
        open = i;
      } else {
        throw impossible(dims, asked);
      }
    }
    long left = dims == null ? -1 : left(dims, copied);
    if (left < 0) {
      return result;
    }
    if (open < 0 ? left != product : product == 0 || left % product != 0) {
      throw impossible(dims, asked);
    }
    if (open >= 0) {
      result[open] = left / product;
    }
    return result;
  }

  /// The product of the dimensions that are not copied; -1 if it is unknown.
  private static long left(long[] dims, boolean[] copied) {
    long product = 1;
    for (int i = 0; i < dims.length; i++) {
      if (!copied[i] && dims[i] < 0) {
        return -1;
      }
      product = copied[i] ? product : Math.multiplyExact(product, dims[i]);
    }
    return product;
  }

  private static Refusal impossible(long[] dims, long[] asked) {
    return new Refusal("shape %s cannot become %s", new Dims(dims), Arrays.toString(asked));
  }

  /// Flatten: two axes, of what lies before an axis and of the rest.
  private static final class Flatten implements View {
    private final long axis;

    Flatten(GraphNode node) {
      axis = node.attributes().integer("axis", 1);
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "input");
      long[] dims = node.dims(0);
      if (dims == null) {
        node.view(0, 0, -1, -1);
        return;
      }
      if (axis < -dims.length || axis > dims.length) {
        throw new Refusal(
            "axis is %d, expected %d to %d".formatted(axis, -dims.length, dims.length));
      }
      int first = (int) (axis < 0 ? axis + dims.length : axis);
      node.view(0, 0, Axes.product(dims, 0, first), Axes.product(dims, first, dims.length));
    }
  }

  /// Squeeze: without some axes of one element, or without all of them.
  private static final class Squeeze implements View {
    private final Listed axes;

    Squeeze(GraphNode node) {
      axes = Listed.of(node, "axes", 13, 1);
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "data");
      long[] dims = node.dims(0);
      long[] named = axes.values(node);
      node.view(0, 0, without(dims, named, axes.isGiven(node)));
    }

    private static long[] without(long[] dims, long[] named, boolean given) {
      if (dims == null || (given ? named == null : !Shapes.isKnown(dims))) {
        return null;
      }
      boolean[] set = given ? Axes.set(named, dims.length) : ones(dims);
      long[] result = new long[dims.length];
      int rank = 0;
      for (int axis = 0; axis < dims.length; axis++) {
        if (!set[axis]) {
          result[rank++] = dims[axis];
        } else if (dims[axis] > 1 || dims[axis] == 0) {
          throw new Refusal("axis %d of shape %s cannot go, it is not 1", axis, new Dims(dims));
        }
      }
      return Arrays.copyOf(result, rank);
    }

    private static boolean[] ones(long[] dims) {
      boolean[] ones = new boolean[dims.length];
      for (int axis = 0; axis < dims.length; axis++) {
        ones[axis] = dims[axis] == 1;
      }
      return ones;
    }
  }

  /// Unsqueeze: with more axes, of one element each.
  private static final class Unsqueeze implements View {
    private final Listed axes;

    Unsqueeze(GraphNode node) {
      axes = Listed.of(node, "axes", 13, 1);
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "data");
      if (!axes.isGiven(node)) {
        throw new Refusal("axes are missing");
      }
      long[] dims = node.dims(0);
      long[] named = axes.values(node);
      if (dims != null && named != null) {
        node.view(0, 0, with(dims, named));
      } else {
        int more = axes.count(node);
        node.view(0, 0, Axes.unknown(dims == null || more < 0 ? -1 : dims.length + more));
      }
    }

    private static long[] with(long[] dims, long[] named) {
      long[] result = new long[dims.length + named.length];
      boolean[] set = Axes.set(named, result.length);
      int next = 0;
      for (int axis = 0; axis < result.length; axis++) {
        result[axis] = set[axis] ? 1 : dims[next++];
      }
      return result;
    }
  }
}
