package io.kioku.internal.onnx.op.window;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// ConvInteger: a convolution of 8-bit codes without their zero points, as int32; and QLinearConv,
/// where the sums become codes again: `saturate(round(sum * (x_scale * w_scale / y_scale)) +
/// y_zero)`. Padding is the zero point.
public final class IntegerConvolution implements Operator {
  private static final ElementType[] CODES = {ElementType.UINT8, ElementType.INT8};

  private final boolean isScaled;
  private final int w; // which inputs
  private final int xZero;
  private final int wZero;
  private final WindowAttributes attributes;
  private final long group;

  /// The operator of a node.
  public IntegerConvolution(GraphNode node) {
    isScaled = node.operator().equals("QLinearConv");
    w = isScaled ? 3 : 1;
    xZero = 2;
    wZero = isScaled ? 5 : 3;
    attributes = new WindowAttributes(node.attributes());
    group = node.attributes().integer("group", 1);
    if (group < 1) {
      throw new Refusal("attribute group is %d, expected at least 1".formatted(group));
    }
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "x");
    node.need(w, "w");
    for (int input : new int[] {0, w, xZero, wZero}) {
      node.types(input, CODES);
    }
    node.single(xZero);
    if (isScaled) {
      for (int input = 1; input < 8; input++) {
        node.need(input, Integer.toString(input));
      }
      for (int input : new int[] {1, 4, 6}) {
        node.types(input, ElementType.FLOAT);
      }
      node.types(7, CODES);
      node.types(8, ElementType.INT32);
      node.rank(8, 1);
      for (int input : new int[] {1, 6, 7}) {
        node.single(input);
      }
    }
    ElementType type = isScaled ? node.type(7) : ElementType.INT32;
    long[] x = node.dims(0);
    long[] weights = node.dims(w);
    long channels = weights == null || weights.length == 0 ? -1 : weights[0];
    for (int input : isScaled ? new int[] {4, wZero, 8} : new int[] {wZero}) {
      checkEach(node, input, channels, input != 8);
    }
    if (x == null) {
      node.out(0, type, (long[]) null);
      return;
    }
    int rank = WindowAttributes.rank(x);
    node.rank(w, x.length);
    attributes.check(rank);
    long[] y = new long[x.length];
    Arrays.fill(y, Symbols.UNKNOWN);
    y[0] = x[0];
    if (weights != null) {
      boolean fits = weights[0] < 0 || weights[0] % group == 0;
      fits &= x[1] < 0 || weights[1] < 0 || x[1] == Math.multiplyExact(weights[1], group);
      for (int axis = 0; axis < rank; axis++) {
        long[] given = attributes.kernel();
        long own = weights[axis + 2];
        fits &= own != 0 && (given == null || own < 0 || own == given[axis]);
      }
      if (!fits) {
        throw new Refusal(
            "the weights have shape %s, which does not fit a shape of %s in %d groups",
            new Dims(weights), new Dims(x), group);
      }
      y[1] = weights[0];
      for (int axis = 0; axis < rank; axis++) {
        y[axis + 2] = attributes.positions(axis, rank, x[axis + 2], weights[axis + 2]);
      }
    }
    node.out(0, type, y);
  }

  /// Refuses what has neither one value, where that is enough, nor one for each output channel.
  private static void checkEach(ShapeInference node, int input, long channels, boolean orOne) {
    long[] dims = node.dims(input);
    if (dims == null) {
      return;
    }
    boolean fits = dims.length == 0 ? orOne : dims.length == 1;
    if (fits && dims.length == 1 && dims[0] >= 0 && channels >= 0) {
      fits = dims[0] == channels || (orOne && dims[0] == 1);
    }
    if (!fits) {
      throw new Refusal(
          "input %d has shape %s, expected one for each output channel", input, new Dims(dims));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Loops(context);
  }

  private final class Loops implements Kernel {
    private final KernelContext context;
    private final Value x;
    private final Value weights;
    private final Value y;
    private SpatialWindow window;

    Loops(KernelContext context) {
      this.context = context;
      x = context.in(0);
      weights = context.in(w);
      y = context.out(0);
    }

    @Override
    public void prepare() {
      long[] from = Arrays.copyOfRange(x.dims(), 2, x.rank());
      window = attributes.over(from, Arrays.copyOfRange(weights.dims(), 2, x.rank())).deep();
    }

    private static long each(Value value, long channel) {
      return value == null ? 0 : value.asLong(value.size() == 1 ? 0 : channel);
    }

    @Override
    public void run() {
      long zero = each(context.in(xZero), 0);
      long[] small = window.small();
      long at = 0;
      for (long n = 0; n < y.dim(0); n++) {
        for (long m = 0; m < y.dim(1); m++) {
          long own = each(context.in(wZero), m);
          for (long oz = 0; oz < small[0]; oz++) {
            for (long oy = 0; oy < small[1]; oy++) {
              for (long ox = 0; ox < small[2]; ox++) {
                int sum = (int) sum(n, m, oz, oy, ox, zero, own);
                y.setLong(at++, isScaled ? code(sum, m) : sum);
              }
            }
          }
        }
      }
    }

    private long sum(long n, long m, long oz, long oy, long ox, long zero, long own) {
      long channels = weights.dim(1);
      long[] large = window.large();
      long[] kernel = window.kernel();
      long firstChannel = m / (y.dim(1) / group) * channels;
      long sum = 0;
      for (long c = 0; c < channels; c++) {
        long plane = (n * x.dim(1) + firstChannel + c) * large[0];
        long element = (m * channels + c) * kernel[0];
        for (long kz = window.begins(0, oz); kz < window.ends(0, oz); kz++) {
          long z = (plane + window.at(0, oz, kz)) * large[1];
          for (long ky = window.begins(1, oy); ky < window.ends(1, oy); ky++) {
            long row = (z + window.at(1, oy, ky)) * large[2];
            long tap = ((element + kz) * kernel[1] + ky) * kernel[2];
            for (long kx = window.begins(2, ox); kx < window.ends(2, ox); kx++) {
              sum +=
                  (x.asLong(row + window.at(2, ox, kx)) - zero) * (weights.asLong(tap + kx) - own);
            }
          }
        }
      }
      return sum;
    }

    private long code(int sum, long channel) {
      Value scales = context.in(4);
      Value bias = context.in(8);
      float scale = scales.f32(scales.size() == 1 ? 0 : channel);
      float factor = context.in(1).f32(0) * scale / context.in(6).f32(0);
      int whole = sum + (bias == null ? 0 : (int) bias.asLong(channel));
      long rounded = (long) Math.rint((double) (whole * factor)) + context.in(7).asLong(0);
      boolean isSigned = y.type() == ElementType.INT8;
      return Math.clamp(rounded, isSigned ? Byte.MIN_VALUE : 0, isSigned ? Byte.MAX_VALUE : 0xFF);
    }
  }
}
