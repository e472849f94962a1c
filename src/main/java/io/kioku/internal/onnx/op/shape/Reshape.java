package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.View;
import java.util.Arrays;

/// Reshape: the same elements under another shape. In the shape that is asked for, 0 is the
/// dimension that was there before (unless `allowzero`), and one -1 is what is left.
final class Reshape implements View {
  private final boolean allowZero;
  private final Listed shape;

  Reshape(Node node) {
    allowZero = node.attributes().flag("allowzero", false);
    shape = Listed.of(node, "shape", 5, 1);
  }

  @Override
  public void infer(Inference node) {
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
}
