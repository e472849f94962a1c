package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// DepthToSpace: channels of `(N, C, H, W)` become blocks of a plane; SpaceToDepth: the other way
/// round.
public final class Blocks implements Operator {
  private final boolean toSpace;
  private final boolean isChannelFirst; // in a channel's number: mode CRD
  private final long size;

  /// The operator of a node.
  public Blocks(GraphNode node) {
    toSpace = node.operator().equals("DepthToSpace");
    size = node.attributes().integer("blocksize", 0);
    String mode = toSpace ? node.attributes().text("mode", "DCR") : "DCR";
    if (!mode.equals("DCR") && !mode.equals("CRD")) {
      throw new Refusal("attribute mode is '%s', expected DCR or CRD".formatted(mode));
    }
    isChannelFirst = mode.equals("CRD");
    if (size < 1 || size > 1 << 15) {
      throw new Refusal("attribute blocksize is %d, expected at least 1".formatted(size));
    }
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    node.rank(0, 4);
    long[] x = node.dims(0);
    if (x == null) {
      node.out(0, node.type(0), -1, -1, -1, -1);
      return;
    }
    long[] y = x.clone();
    for (int axis = 1; axis < 4; axis++) {
      boolean divides = toSpace == (axis == 1);
      long by = axis == 1 ? size * size : size;
      if (x[axis] >= 0 && divides && x[axis] % by != 0) {
        throw new Refusal("shape %s does not fit blocks of %d", new Dims(x), size);
      }
      y[axis] = x[axis] < 0 ? -1 : divides ? x[axis] / by : Math.multiplyExact(x[axis], by);
    }
    node.out(0, node.type(0), y);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value in = context.in(0);
    Value out = context.out(0);
    return StridedCopy.kernel(
        in,
        out,
        () -> {
          long[] few = toSpace ? out.dims() : in.dims(); // few channels, large planes
          long c = few[1];
          long h = few[2] / size;
          long w = few[3] / size;
          long[] dims = {few[0], c, h, size, w, size};
          Layout space = Layout.of(dims);
          Layout depth =
              isChannelFirst
                  ? Layout.of(few[0], c, size, size, h, w).permuted(0, 1, 4, 2, 5, 3)
                  : Layout.of(few[0], size, size, c, h, w).permuted(0, 3, 4, 1, 5, 2);
          int bytes = in.storage().bytes();
          return toSpace
              ? StridedCopy.of(bytes, dims, depth, space)
              : StridedCopy.of(bytes, dims, space, depth);
        });
  }
}
