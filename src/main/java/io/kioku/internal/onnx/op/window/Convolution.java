package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnOperations;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Constant;
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
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.primitive.PrepackedOperand;
import io.kioku.internal.onnx.op.primitive.PrimitiveDescription;
import io.kioku.internal.onnx.op.primitive.PrimitiveKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
  private final int threads;
  private final PrepackedOperand packed; // null if the weights are not constant
  private final OnePositionConvolution
      onePosition; // null if they are not, or only a part of a group's
  private final boolean isUnfolded;

  private Convolution(boolean isTransposed, GraphNode node, OperatorContext context) {
    attributes = new WindowAttributes(node.attributes());
    group = node.attributes().integer("group", 1);
    if (group < 1) {
      throw new Refusal("attribute group is %d, expected at least 1".formatted(group));
    }
    transposed = isTransposed ? new TransposedSizes(attributes, node.attributes()) : null;
    threads = context.threads();
    Constant weights = context.constant(1);
    packed =
        weights != null && weights.type().storage() == ElementType.FLOAT
            ? new PrepackedOperand(weights)
            : null;
    boolean isProduct = packed != null && !isTransposed() && group == 1; // of some shapes
    onePosition = isProduct ? new OnePositionConvolution(weights) : null;
    isUnfolded = isProduct && UnfoldedConvolution.isWorthwhile(weights.dims(), attributes);
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
    return "onednn";
  }

  @Override
  public void close() {
    if (onePosition != null) {
      onePosition.close();
    }
    if (packed != null) {
      packed.close();
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
    if (isUnfolded) {
      UnfoldedConvolution unfolded = new UnfoldedConvolution(context, packed, window);
      return new PrimitiveKernel(context, threads, unfolded, loops).reads(unfolded);
    }
    return new PrimitiveKernel(
        context,
        threads,
        (owner, memory, operations) -> describe(context, owner, memory, operations),
        loops);
  }

  private PrimitiveDescription.Described describe(
      KernelContext context, Handles owner, OnednnMemory memory, OnednnOperations operations) {
    long[] x = context.in(0).dims();
    long[] w = context.in(1).dims();
    long[] y = context.out(0).dims();
    SpatialWindow whole = window(x, w, y);
    PrepackedOperand met = onePosition == null ? null : onePosition.weights(whole);
    if (met != null) {
      return OnePositionConvolution.describe(context, met, owner, memory, operations);
    }
    SpatialWindow exact = isTransposed() ? whole : whole.cropped();
    OnednnOperations.Window window = exact.forOnednn();
    if (window == null) {
      return null;
    }
    long[] part = x.clone(); // of the input
    if (!isTransposed()) {
      System.arraycopy(exact.large(), 0, part, 2, exact.rank());
    }
    long[] weights = weights(w);
    MemorySegment bias =
        context.in(2) == null ? MemorySegment.NULL : memory.descriptor(owner, y[1]);
    MemorySegment anySource = memory.anyDescriptor(owner, part);
    MemorySegment anyWeights = memory.anyDescriptor(owner, weights);
    MemorySegment anyDestination = memory.anyDescriptor(owner, y);
    return new PrimitiveDescription.Described(
        operations.convolution(
            owner, isTransposed(), anySource, anyWeights, bias, anyDestination, window),
        memory.descriptor(owner, part, OnednnMemory.strides(x)),
        memory.descriptor(owner, weights, strides(weights)),
        packed,
        memory.descriptor(owner, y));
  }

  /// The weights' shape for oneDNN: `(group, M / group, C / group, ...)`, without the first if it
  /// is 1.
  private long[] weights(long[] w) {
    long[] grouped = new long[w.length + 1];
    System.arraycopy(w, 0, grouped, 1, w.length);
    grouped[0] = group;
    grouped[1] = isTransposed() ? w[1] : w[0] / group;
    grouped[2] = isTransposed() ? w[0] / group : w[1];
    return group == 1 ? Arrays.copyOfRange(grouped, 1, grouped.length) : grouped;
  }

  /// Where the weights lie: the transposed convolution's have both channels the other way round.
  private long[] strides(long[] weights) {
    long[] strides = new long[weights.length];
    int m = group == 1 ? 0 : 1;
    long spatial = 1;
    for (int i = weights.length - 1; i > m + 1; i--) {
      strides[i] = spatial;
      spatial *= weights[i];
    }
    strides[m] = isTransposed() ? spatial : spatial * weights[m + 1];
    strides[m + 1] = isTransposed() ? spatial * weights[m] : spatial;
    if (m == 1) {
      strides[0] = spatial * weights[1] * weights[2];
    }
    return strides;
  }

  /// Convolutions and transposed ones as loops, in the type of the values: for float64, and for
  /// what oneDNN has nothing for.
  private static final class ConvolutionLoops implements Kernel {
    private final boolean isTransposed;
    private final long group;
    private final Supplier<SpatialWindow> windows;
    private final Value x;
    private final Value w;
    private final Value b;
    private final Value y;
    private SpatialWindow window;
    private boolean isDouble;

    /// @param windows gives the window for the present shapes
    ConvolutionLoops(
        KernelContext context, boolean isTransposed, long group, Supplier<SpatialWindow> windows) {
      this.isTransposed = isTransposed;
      this.group = group;
      this.windows = windows;
      x = context.in(0);
      w = context.in(1);
      b = context.in(2);
      y = context.out(0);
    }

    @Override
    public void prepare() {
      window = windows.get().deep();
      isDouble = y.storage() == ElementType.DOUBLE;
    }

    @Override
    public void run() {
      long fromChannels = x.dim(1) / group;
      long toChannels = y.dim(1) / group;
      for (long n = 0; n < y.dim(0); n++) {
        for (long to = 0; to < y.dim(1); to++) {
          fill(n, to);
          long firstFrom = to / toChannels * fromChannels;
          for (long c = 0; c < fromChannels; c++) {
            long weights =
                isTransposed
                    ? (firstFrom + c) * toChannels + to % toChannels
                    : to * fromChannels + c;
            plane(n * x.dim(1) + firstFrom + c, n * y.dim(1) + to, weights);
          }
        }
      }
    }

    private void fill(long n, long channel) {
      double value = b == null ? 0 : b.asDouble(channel);
      long plane = plane(isTransposed ? window.large() : window.small());
      long first = (n * y.dim(1) + channel) * plane;
      for (long i = first; i < first + plane; i++) {
        y.setDouble(i, value);
      }
    }

    private static long plane(long[] dims) {
      return dims[0] * dims[1] * dims[2];
    }

    /// Adds what one plane of the input gives to one of the output.
    private void plane(long from, long to, long weights) {
      long[] kernel = window.kernel();
      long smallPlane = (isTransposed ? from : to) * plane(window.small());
      long largePlane = (isTransposed ? to : from) * plane(window.large());
      long element = weights * plane(kernel);
      for (long kz = 0; kz < kernel[0]; kz++) {
        for (long ky = 0; ky < kernel[1]; ky++) {
          for (long kx = 0; kx < kernel[2]; kx++) {
            element(smallPlane, largePlane, kz, ky, kx, w.asDouble(element++));
          }
        }
      }
    }

    /// Adds what one element of the window gives.
    private void element(
        long smallPlane, long largePlane, long kz, long ky, long kx, double weight) {
      long first = window.first(2, kx);
      long count = window.last(2, kx) - first;
      long step = window.strides()[2];
      for (long oz = window.first(0, kz); oz < window.last(0, kz); oz++) {
        for (long oy = window.first(1, ky); oy < window.last(1, ky); oy++) {
          long small = smallPlane + (oz * window.small()[1] + oy) * window.small()[2] + first;
          long large =
              largePlane
                  + (window.at(0, oz, kz) * window.large()[1] + window.at(1, oy, ky))
                      * window.large()[2]
                  + window.at(2, first, kx);
          if (isTransposed) {
            add(weight, x.data(), small, 1, y.data(), large, step, count);
          } else {
            add(weight, x.data(), large, step, y.data(), small, 1, count);
          }
        }
      }
    }

    private void add(
        double weight,
        MemorySegment from,
        long fromAt,
        long fromStep,
        MemorySegment to,
        long toAt,
        long toStep,
        long count) {
      if (isDouble) {
        for (long i = 0; i < count; i++) {
          long at = toAt + i * toStep;
          double product = weight * from.getAtIndex(ValueLayout.JAVA_DOUBLE, fromAt + i * fromStep);
          to.setAtIndex(
              ValueLayout.JAVA_DOUBLE, at, to.getAtIndex(ValueLayout.JAVA_DOUBLE, at) + product);
        }
      } else {
        float factor = (float) weight;
        for (long i = 0; i < count; i++) {
          long at = toAt + i * toStep;
          float product = factor * from.getAtIndex(ValueLayout.JAVA_FLOAT, fromAt + i * fromStep);
          to.setAtIndex(
              ValueLayout.JAVA_FLOAT, at, to.getAtIndex(ValueLayout.JAVA_FLOAT, at) + product);
        }
      }
    }
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
