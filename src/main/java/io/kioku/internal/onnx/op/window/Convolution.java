package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.RealInputs;
import io.kioku.internal.onnx.op.ShapeInference;
import java.util.Arrays;
import java.util.function.Supplier;

/// Conv: `(N, C, ...)` with weights of `(M, C / group, ...)` to `(N, M, ...)`; and ConvTranspose,
/// with weights of `(C, M / group, ...)`. One to three spatial dimensions.
///
/// The transposed convolution's window moves over its output: one position for each element of its
/// input.
public final class Convolution implements Operator {
  private final TransposedSizes transposed; // null if it is not
  private final long group;
  private final WindowAttributes attributes;
  private final NativeConvolution plain; // null if it is transposed
  private final NativeTransposedConvolution turned; // null if it is not

  private Convolution(boolean isTransposed, GraphNode node, OperatorContext context) {
    attributes = new WindowAttributes(node.attributes());
    group = node.attributes().integer("group", 1);
    if (group < 1) {
      throw new Refusal("attribute group is %d, expected at least 1".formatted(group));
    }
    transposed = isTransposed ? new TransposedSizes(attributes, node.attributes()) : null;
    plain = isTransposed ? null : new NativeConvolution(context, group);
    turned = isTransposed ? new NativeTransposedConvolution(context, group) : null;
  }

  /// The operator of a node, Conv or ConvTranspose.
  public static Operator of(GraphNode node, OperatorContext context) {
    return node.operator().equals("Conv") ? convolution(node, context) : transposed(node, context);
  }

  private static Operator convolution(GraphNode node, OperatorContext context) {
    return new Convolution(false, node, context);
  }

  private static Operator transposed(GraphNode node, OperatorContext context) {
    return new Convolution(true, node, context);
  }

  private boolean isTransposed() {
    return transposed != null;
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public void close() {
    if (isTransposed()) {
      turned.close();
    } else {
      plain.close();
    }
  }

  @Override
  public void infer(ShapeInference i) {
    ElementType type = RealInputs.type(i, 0, 1, 2);
    i.need(0, "X");
    i.need(1, "W");
    long[] x = i.dims(0);
    long[] w = i.dims(1);
    if (x == null) {
      i.out(0, type, (long[]) null);
      return;
    }
    int rank = WindowAttributes.rank(x);
    i.rank(1, x.length);
    i.rank(2, 1);
    attributes.check(rank);
    if (isTransposed()) {
      transposed.check(rank);
    }
    long[] kernel = kernel(w, rank);
    long[] y = new long[x.length];
    y[0] = x[0];
    y[1] = outputChannels(x[1], w, i.dims(2));
    for (int axis = 0; axis < rank; axis++) {
      y[axis + 2] =
          isTransposed()
              ? transposed.size(axis, rank, x[axis + 2], kernel[axis])
              : attributes.positions(axis, rank, x[axis + 2], kernel[axis]);
    }
    i.out(0, type, y);
  }

  /// The window's size, from the attribute or the weights.
  private long[] kernel(long[] w, int rank) {
    long[] given = attributes.kernel();
    if (w == null) {
      long[] unknown = new long[rank];
      Arrays.fill(unknown, Symbols.UNKNOWN);
      return given == null ? unknown : given;
    }
    long[] own = Arrays.copyOfRange(w, 2, w.length);
    for (int axis = 0; axis < rank; axis++) {
      if (own[axis] == 0 || (given != null && own[axis] > 0 && own[axis] != given[axis])) {
        throw new Refusal(
            "the weights have shape %s, attribute kernel_shape is %s",
            new Dims(w), new Dims(given));
      }
      own[axis] = given == null ? own[axis] : given[axis];
    }
    return own;
  }

  private long outputChannels(long c, long[] w, long[] b) {
    long m = Symbols.UNKNOWN;
    if (w != null) {
      long in = isTransposed() ? w[0] : times(w[1]);
      m = isTransposed() ? times(w[1]) : w[0];
      boolean divides = (isTransposed() ? in : m) < 0 || (isTransposed() ? in : m) % group == 0;
      if (!divides || (c >= 0 && in >= 0 && c != in)) {
        throw new Refusal(
            "the weights have shape %s, which does not fit %d channels in %d groups",
            new Dims(w), c, group);
      }
    }
    if (b != null && b[0] >= 0) {
      if (m >= 0 && m != b[0]) {
        throw new Refusal("the bias has %d values, expected %d".formatted(b[0], m));
      }
      m = b[0];
    }
    return m;
  }

  private long times(long channels) {
    return channels < 0 ? channels : Math.multiplyExact(channels, group);
  }

  /// The window for shapes that are known.
  private SpatialWindow window(long[] x, long[] w, long[] y) {
    long[] from = Arrays.copyOfRange(x, 2, x.length);
    long[] kernel = Arrays.copyOfRange(w, 2, w.length);
    if (!isTransposed()) {
      return attributes.over(from, kernel);
    }
    SpatialWindow window = attributes.empty(Arrays.copyOfRange(y, 2, y.length), from, kernel);
    for (int axis = 0; axis < from.length; axis++) {
      window.begin()[axis] = transposed.pads(axis, from.length, from[axis], kernel[axis])[0];
    }
    return window;
  }

  // ---- computing

  @Override
  public Kernel kernel(KernelContext context) {
    Supplier<SpatialWindow> window =
        () -> window(context.in(0).dims(), context.in(1).dims(), context.out(0).dims());
    Kernel loops = new ConvolutionLoops(context, isTransposed(), group, window);
    return isTransposed()
        ? turned.kernel(context, window, loops)
        : plain.kernel(context, window, loops);
  }

  /// How large a transposed convolution's output is, and how much of it is cut off as padding.
  private static final class TransposedSizes {
    private final WindowAttributes attributes;
    private final long[] padding; // null if left out
    private final long[] shape; // likewise

    TransposedSizes(WindowAttributes attributes, Attributes all) {
      this.attributes = attributes;
      padding = all.integers("output_padding");
      shape = all.integers("output_shape");
    }

    /// Refuses lists that have not a number for each spatial dimension.
    void check(int rank) {
      WindowAttributes.check("output_padding", padding, rank);
      WindowAttributes.check("output_shape", shape, rank);
    }

    /// The size of an axis; unknown if the input's is.
    long size(int axis, int rank, long size, long kernel) {
      if (shape != null) {
        if (shape[axis] < 0) {
          throw new Refusal("attribute output_shape is " + Arrays.toString(shape));
        }
        return shape[axis];
      }
      if (size < 0 || kernel < 0) {
        return Symbols.UNKNOWN;
      }
      long[] ends = pads(axis, rank, size, kernel);
      long natural = naturalSize(axis, size, kernel);
      long result = Math.subtractExact(Math.subtractExact(natural, ends[0]), ends[1]);
      if (result < 0) {
        throw new Refusal(
            "padding takes %d and %d of %d elements in spatial dimension %d"
                .formatted(ends[0], ends[1], natural, axis));
      }
      return result;
    }

    /// The size without padding.
    private long naturalSize(int axis, long size, long kernel) {
      if (size == 0) {
        return 0;
      }
      long extra = padding == null ? 0 : padding[axis];
      if (extra < 0) {
        throw new Refusal("attribute output_padding is " + Arrays.toString(padding));
      }
      long reach =
          Math.addExact(
              Math.multiplyExact(size - 1, attributes.stride(axis)),
              SpatialWindow.extent(kernel, attributes.dilation(axis)));
      return Math.addExact(reach, extra);
    }

    /// The padding before an axis' first element and behind its last one.
    long[] pads(int axis, int rank, long size, long kernel) {
      boolean isSame =
          attributes.autoPad() == WindowAttributes.AutoPad.SAME_UPPER
              || attributes.autoPad() == WindowAttributes.AutoPad.SAME_LOWER;
      if (shape == null && !isSame) {
        return attributes.pads(axis, rank, size, kernel);
      }
      long wanted = shape == null ? Math.multiplyExact(size, attributes.stride(axis)) : shape[axis];
      return attributes.split(Math.max(0, naturalSize(axis, size, kernel) - wanted));
    }
  }
}
