package io.kioku.internal.onnx.op.window;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// LpPool: the p-norm of each window over `(N, C, ...)`; GlobalLpPool: of each plane.
public final class LpPool implements Operator {
  private final WindowAttributes attributes; // null: a window is a whole plane
  private final long power;

  /// The operator of a node.
  public LpPool(GraphNode node) {
    boolean isGlobal = node.operator().equals("GlobalLpPool");
    attributes = isGlobal ? null : new WindowAttributes(node.attributes());
    power = node.attributes().integer("p", 2);
    if (power < 1) {
      throw new Refusal("attribute p is %d, expected at least 1".formatted(power));
    }
    if (!isGlobal && attributes.kernel() == null) {
      throw new Refusal("attribute kernel_shape is missing");
    }
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "X");
    node.real(0);
    long[] x = node.dims(0);
    if (x == null) {
      node.out(0, node.type(0), (long[]) null);
      return;
    }
    long[] y = x.clone();
    if (attributes == null) {
      if (x.length < 2) {
        throw new Refusal("input X has shape %s, expected (N, C, ...)", new Dims(x));
      }
      Arrays.fill(y, 2, y.length, 1);
    } else {
      int rank = WindowAttributes.rank(x);
      attributes.check(rank);
      for (int axis = 0; axis < rank; axis++) {
        y[axis + 2] = attributes.positions(axis, rank, x[axis + 2], attributes.kernel()[axis]);
      }
    }
    node.out(0, node.type(0), y);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Loops(context.in(0), context.out(0));
  }

  private final class Loops implements Kernel {
    private final Value x;
    private final Value y;
    private SpatialWindow window;

    Loops(Value x, Value y) {
      this.x = x;
      this.y = y;
    }

    @Override
    public void prepare() {
      if (attributes != null) {
        long[] from = Arrays.copyOfRange(x.dims(), 2, x.rank());
        window = attributes.over(from, attributes.kernel()).deep();
      }
    }

    @Override
    public void run() {
      if (window == null) {
        planes();
        return;
      }
      long[] small = window.small();
      long plane = Axes.product(window.large(), 0, 3);
      long at = 0;
      for (long p = 0; p < x.dim(0) * x.dim(1); p++) {
        for (long oz = 0; oz < small[0]; oz++) {
          for (long oy = 0; oy < small[1]; oy++) {
            for (long ox = 0; ox < small[2]; ox++) {
              y.setDouble(at++, root(sum(p * plane, oz, oy, ox)));
            }
          }
        }
      }
    }

    private void planes() {
      long count = y.size() == 0 ? 0 : x.size() / y.size();
      for (long row = 0; row < y.size(); row++) {
        double sum = 0;
        for (long i = row * count; i < (row + 1) * count; i++) {
          sum += term(x.asDouble(i));
        }
        y.setDouble(row, root(sum));
      }
    }

    private double sum(long plane, long oz, long oy, long ox) {
      long[] large = window.large();
      double sum = 0;
      for (long kz = window.begins(0, oz); kz < window.ends(0, oz); kz++) {
        for (long ky = window.begins(1, oy); ky < window.ends(1, oy); ky++) {
          long row = (window.at(0, oz, kz) * large[1] + window.at(1, oy, ky)) * large[2];
          for (long kx = window.begins(2, ox); kx < window.ends(2, ox); kx++) {
            sum += term(x.asDouble(plane + row + window.at(2, ox, kx)));
          }
        }
      }
      return sum;
    }

    private double term(double value) {
      double size = Math.abs(value);
      return power == 1 ? size : power == 2 ? size * size : Math.pow(size, (double) power);
    }

    private double root(double sum) {
      return power == 1 ? sum : power == 2 ? Math.sqrt(sum) : Math.pow(sum, 1.0 / (double) power);
    }
  }
}
