package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Shapes;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// Expand: repeated to the shape that it has together with another.
public final class Expand implements Operator {
  private final Listed shape;

  Expand(GraphNode node) {
    shape = Listed.of(node, "shape", 8, 1);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Expand(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    node.need(1, "shape");
    long[] dims = node.dims(0);
    long[] asked = shape.values(node);
    if (dims == null || asked == null) {
      int rank = shape.count(node);
      boolean known = dims != null && rank >= 0;
      node.out(0, node.type(0), Axes.unknown(known ? Math.max(rank, dims.length) : -1));
      return;
    }
    Shapes.checkNoneNegative("shape", asked);
    long[] result = Broadcasting.dims(dims, asked);
    if (Shapes.isSameSize(dims, result)) {
      node.view(0, 0, result);
    } else {
      node.out(0, node.type(0), result);
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value in = context.in(0);
    Value out = context.out(0);
    return StridedCopy.kernel(
        in,
        out,
        () ->
            StridedCopy.of(
                out.storage().bytes(),
                out.dims(),
                new Layout(0, Broadcasting.strides(in.dims(), out.dims())),
                Layout.of(out.dims())));
  }
}
