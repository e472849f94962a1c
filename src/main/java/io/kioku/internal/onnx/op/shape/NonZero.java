package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedWalk;

/// NonZero: the indices of all elements that are not 0, a row for each axis. A scalar is an array
/// of one.
public final class NonZero implements Operator {
  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new NonZero();
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "X");
    int rank = Axes.rank(node.dims(0));
    node.later(0, Known.of(ElementType.INT64, rank == 0 ? 1 : rank, -1));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Finding(context.in(0), context.out(0));
  }

  private static final class Finding implements Kernel {
    private final Value in;
    private final Value out;
    private final long[] dims = new long[2];
    private StridedWalk walk; // along each axis, where only that one counts

    Finding(Value in, Value out) {
      this.in = in;
      this.out = out;
    }

    @Override
    public void prepare() {
      long[] axes = in.rank() == 0 ? new long[] {1} : in.dims();
      long[][] counts = new long[axes.length][axes.length];
      for (int axis = 0; axis < axes.length; axis++) {
        counts[axis][axis] = 1;
      }
      walk = new StridedWalk(1, axes, counts);
      dims[0] = axes.length;
    }

    @Override
    public void run() {
      dims[1] = 0;
      for (long i = 0; i < in.size(); i++) {
        dims[1] += in.asDouble(i) != 0 ? 1 : 0;
      }
      out.resize(ElementType.INT64, dims);
      walk.rewind();
      long found = 0;
      for (long i = 0; walk.next(); i += walk.dim(0)) {
        for (long column = 0; column < walk.dim(0); column++) {
          if (in.asDouble(i + column) != 0) {
            for (int axis = 0; axis < dims[0]; axis++) {
              long index = walk.at(axis) + column * walk.stride(axis, 0);
              out.setLong(axis * dims[1] + found, index);
            }
            found++;
          }
        }
      }
    }
  }
}
