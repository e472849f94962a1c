package io.kioku.internal.onnx.op.window;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Shapes;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// Col2Im: `(N, C * window, positions)` to `(N, C, ...)`, what windows have at one place summed up.
public final class Col2Im implements Operator {
  private final WindowAttributes attributes;

  /// The operator of a node.
  public Col2Im(GraphNode node) {

    attributes = new WindowAttributes(node.attributes());
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    node.need(1, "image_shape");
    node.need(2, "block_shape");
    node.real(0);
    node.rank(0, 3);
    for (int input = 1; input < 3; input++) {
      node.indices(input);
      node.rank(input, 1);
    }
    long[] x = node.dims(0);
    long[] image = node.longs(1);
    long[] block = node.longs(2);
    if (image == null || block == null) {
      long[] list = node.dims(1);
      boolean isOpen = list == null || list[0] < 0;
      ShapeInference.checkCount(1, isOpen ? 0 : list[0]);
      node.out(0, node.type(0), Axes.unknown(isOpen ? -1 : (int) list[0] + 2));
      return;
    }
    Shapes.checkNoneNegative("image_shape", image);
    int rank = image.length;
    if (rank < 1 || rank > 3 || block.length != rank) {
      throw new Refusal(
          "image_shape has %d values, block_shape %d, expected 1 to 3 each"
              .formatted(rank, block.length));
    }
    attributes.check(rank);
    long window = 1;
    long positions = 1;
    for (int axis = 0; axis < rank; axis++) {
      if (block[axis] < 1) {
        throw new Refusal("block_shape has %d, expected at least 1".formatted(block[axis]));
      }
      window = Math.multiplyExact(window, block[axis]);
      positions =
          Math.multiplyExact(positions, attributes.positions(axis, rank, image[axis], block[axis]));
    }
    long[] y = new long[rank + 2];
    System.arraycopy(image, 0, y, 2, rank);
    y[0] = x == null ? -1 : x[0];
    y[1] = x == null || x[1] < 0 ? -1 : x[1] / window;
    boolean fits = x == null || x[1] < 0 || x[1] % window == 0;
    if (!fits || (x != null && x[2] >= 0 && x[2] != positions)) {
      throw new Refusal(
          "the input has shape %s, expected (N, C * %d, %d)", new Dims(x), window, positions);
    }
    node.out(0, node.type(0), y);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Adding(context);
  }

  private final class Adding implements Kernel {
    private final KernelContext context;
    private final Value x;
    private final Value y;
    private SpatialWindow window;

    Adding(KernelContext context) {
      this.context = context;
      x = context.in(0);
      y = context.out(0);
    }

    @Override
    public void prepare() {
      window = attributes.over(longs(context.in(1)), longs(context.in(2))).deep();
    }

    private static long[] longs(Value value) {
      long[] longs = new long[Math.toIntExact(value.size())];
      Arrays.setAll(longs, value::asLong);
      return longs;
    }

    @Override
    public void run() {
      y.data().fill((byte) 0);
      long[] kernel = window.kernel();
      long plane = Axes.product(window.large(), 0, 3);
      long positions = x.dim(2);
      long row = 0;
      for (long p = 0; p < y.dim(0) * y.dim(1); p++) {
        for (long kz = 0; kz < kernel[0]; kz++) {
          for (long ky = 0; ky < kernel[1]; ky++) {
            for (long kx = 0; kx < kernel[2]; kx++) {
              add(p * plane, row++ * positions, kz, ky, kx);
            }
          }
        }
      }
    }

    /// Adds what one element of the window has at all positions.
    private void add(long plane, long row, long kz, long ky, long kx) {
      long[] small = window.small();
      long[] large = window.large();
      for (long oz = window.first(0, kz); oz < window.last(0, kz); oz++) {
        for (long oy = window.first(1, ky); oy < window.last(1, ky); oy++) {
          long from = row + (oz * small[1] + oy) * small[2];
          long to = plane + (window.at(0, oz, kz) * large[1] + window.at(1, oy, ky)) * large[2];
          for (long ox = window.first(2, kx); ox < window.last(2, kx); ox++) {
            long at = to + window.at(2, ox, kx);
            y.setDouble(at, y.asDouble(at) + x.asDouble(from + ox));
          }
        }
      }
    }
  }
}
