package io.kioku.internal.onnx.op.resize;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Resize, and Upsample before it: an array with more or fewer elements along some axes,
/// interpolated. Each axis by itself, one after the other: an element is a sum of a few of its
/// neighbours, see [Taps].
public final class Resize implements Operator {
  private final boolean hasRegion; // an input before the scales
  private final int scalesInput; // -1: an attribute
  private final int sizesInput; // -1: there is none
  private final float[] fixedScales; // null: they are found out when it runs, or there are none
  private final boolean scalesAreOpen;
  private final float[] fixedRegion; // likewise
  private final boolean regionIsOpen;
  private final String policy;
  private final long[] axes; // null: all
  private final Taps.Options options;

  private Resize(GraphNode node, OperatorContext context) {
    boolean isUpsample = node.operator().equals("Upsample");
    hasRegion = !isUpsample && node.version() >= 11;
    scalesInput = isUpsample && node.version() < 9 ? -1 : hasRegion ? 2 : 1;
    sizesInput = hasRegion ? 3 : -1;
    policy = node.attributes().text("keep_aspect_ratio_policy", "stretch");
    if (!policy.equals("stretch") && !policy.startsWith("not_")) {
      throw new Refusal(
          "attribute keep_aspect_ratio_policy is '%s', expected stretch, not_larger or not_smaller"
              .formatted(policy));
    }
    axes = node.attributes().integers("axes");
    options = Taps.Options.of(node, hasRegion);
    Constant scales = scalesInput < 0 ? null : context.constant(scalesInput);
    boolean givesScales =
        scalesInput >= 0
            && scalesInput < node.inputs().size()
            && !node.inputs().get(scalesInput).isEmpty();
    fixedScales = scalesInput < 0 ? node.attributes().reals("scales") : floats(scales);
    scalesAreOpen = givesScales && scales == null;
    boolean cuts = options.cuts();
    Constant region = cuts ? context.constant(1) : null;
    fixedRegion = floats(region);
    regionIsOpen = cuts && region == null;
    if (scalesInput < 0 && fixedScales == null) {
      throw new Refusal("attribute scales is missing");
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Resize(node, context);
  }

  private static float[] floats(Constant constant) {
    if (constant == null || !constant.type().isReal() || constant.size() == 0) {
      return null;
    }
    return floats(new Value("constant", constant));
  }

  private static float[] floats(Value value) {
    float[] floats = new float[Math.toIntExact(value.size())];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) value.asDouble(i);
    }
    return floats;
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "X");
    if (node.type(0) == ElementType.BOOL) {
      throw new Refusal("input 0 has type bool, expected numbers");
    }
    if (hasRegion) {
      node.has(1);
    }
    boolean givesScales = scalesInput < 0 || node.has(scalesInput);
    if (givesScales && scalesInput >= 0) {
      node.real(scalesInput);
      node.rank(scalesInput, 1);
    }
    boolean givesSizes = sizesInput >= 0 && node.has(sizesInput);
    if (givesSizes) {
      node.indices(sizesInput);
      node.rank(sizesInput, 1);
    }
    if (options.cuts() && !node.has(1)) {
      throw new Refusal("input roi is missing");
    }
    long[] x = node.dims(0);
    long[] sizes = givesSizes ? node.longs(sizesInput) : null;
    boolean noSizes = !givesSizes || (sizes != null && sizes.length == 0);
    if (!givesScales && noSizes) {
      throw new Refusal("scales and sizes are missing, expected one of them");
    }
    if (scalesAreOpen && noSizes) {
      node.later(0, Known.of(node.type(0), Axes.unknown(Axes.rank(x))));
      return;
    }
    if (x == null || (givesSizes && sizes == null)) {
      node.out(0, node.type(0), Axes.unknown(Axes.rank(x)));
      return;
    }
    node.out(0, node.type(0), dims(x, fixedScales, sizes));
  }

  private int[] axes(int rank) {
    int[] all = new int[axes == null ? rank : axes.length];
    if (axes != null) {
      Axes.set(axes, rank);
    }
    Arrays.setAll(all, k -> axes == null ? k : Axes.of(axes[k], rank));
    return all;
  }

  /// The output's shape.
  ///
  /// @param scales null or empty: the sizes decide
  private long[] dims(long[] x, float[] scales, long[] sizes) {
    int[] chosen = axes(x.length);
    long[] y = x.clone();
    boolean isScaled = scales != null && scales.length > 0;
    int count = isScaled ? scales.length : sizes == null ? 0 : sizes.length;
    if (count != chosen.length) {
      throw new Refusal(
          "there are %d scales or sizes, expected %d".formatted(count, chosen.length));
    }
    if (isScaled) {
      for (int k = 0; k < chosen.length; k++) {
        if (!(scales[k] > 0) || scales[k] > 1 << 24) {
          throw new Refusal("a scale is %s, expected more than 0".formatted(scales[k]));
        }
        long dim = x[chosen[k]];
        y[chosen[k]] = dim < 0 ? -1 : (long) (dim * scales[k]);
      }
      return y;
    }
    double ratio = policy.equals("not_larger") ? Double.POSITIVE_INFINITY : 0;
    for (int k = 0; k < chosen.length; k++) {
      long dim = x[chosen[k]];
      if (sizes[k] < 0 || (dim == 0 && sizes[k] > 0)) {
        throw new Refusal("size %d of a shape %s", sizes[k], new Dims(x));
      }
      y[chosen[k]] = sizes[k];
      double own = dim < 0 ? Double.NaN : sizes[k] / (double) Math.max(1, dim);
      ratio = policy.equals("not_larger") ? Math.min(ratio, own) : Math.max(ratio, own);
    }
    for (int k = 0; !policy.equals("stretch") && k < chosen.length; k++) {
      boolean isOpen = Double.isNaN(ratio) || x[chosen[k]] < 0;
      y[chosen[k]] = isOpen ? -1 : (long) Math.floor(ratio * x[chosen[k]] + 0.5);
    }
    return y;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new AxisByAxis(context);
  }

  private final class AxisByAxis implements Kernel {
    private final KernelContext context;
    private final Value x;
    private final Value y;
    private final List<Value> scratch = new ArrayList<>(); // between two axes each
    private Taps[] taps = {};
    private float[] scales; // that the taps were made for
    private float[] region;

    AxisByAxis(KernelContext context) {
      this.context = context;
      x = context.in(0);
      y = context.out(0);
    }

    @Override
    public void prepare() {
      scales = null;
      region = null;
      find();
    }

    private void find() {
      scales = scalesAreOpen ? floats(context.in(scalesInput)) : fixedScales;
      region = regionIsOpen ? floats(context.in(1)) : fixedRegion;
      boolean isScaled = scales != null && scales.length > 0;
      if (isScaled && scalesAreOpen) {
        y.resize(x.type(), dims(x.dims(), scales, null));
      }
      if (x.size() == 0 && y.size() > 0) {
        throw new Refusal("the input is empty, the output is not");
      }
      int[] chosen = axes(x.rank());
      if (options.cuts() && (region == null || region.length != 2 * chosen.length)) {
        throw new Refusal("roi: expected %d values".formatted(2 * chosen.length));
      }
      taps = new Taps[y.size() == 0 ? 0 : chosen.length];
      int count = 0;
      for (int k = 0; k < taps.length; k++) {
        int axis = chosen[k];
        long from = x.dim(axis);
        long to = y.dim(axis);
        float scale = isScaled ? scales[k] : to / (float) from;
        float start = options.cuts() ? region[k] : 0;
        float end = options.cuts() ? region[k + chosen.length] : 1;
        boolean isSame = from == to && scale == 1 && !options.cuts();
        if (!isSame) {
          taps[count++] = Taps.of(options, axis, from, to, scale, start, end);
        }
      }
      taps = Arrays.copyOf(taps, count);
      while (scratch.size() < count - 1) {
        scratch.add(context.scratch());
      }
    }

    private boolean isStale() {
      return (scalesAreOpen && differ(context.in(scalesInput), scales))
          || (regionIsOpen && differ(context.in(1), region));
    }

    private boolean differ(Value value, float[] floats) {
      boolean differ = floats == null || value.size() != floats.length;
      for (int i = 0; !differ && i < floats.length; i++) {
        differ = (float) value.asDouble(i) != floats[i];
      }
      return differ;
    }

    @Override
    public void run() {
      if (isStale()) {
        find();
      } else if (scalesAreOpen && scales.length > 0) {
        y.resize(x.type(), y.dims());
      }
      if (y.size() == 0) {
        return;
      }
      if (taps.length == 0) {
        y.data().copyFrom(x.data());
        return;
      }
      Value from = x;
      for (int k = 0; k < taps.length; k++) {
        Value to = k == taps.length - 1 ? y : scratch.get(k);
        if (to != y) {
          if (to.shape() == null || !fits(to, from, taps[k])) {
            long[] dims = from.dims().clone();
            dims[taps[k].axis()] = taps[k].count();
            to.resize(between(), dims);
          }
        }
        taps[k].run(from, to);
        from = to;
      }
    }

    private boolean fits(Value to, Value from, Taps tap) {
      boolean fits = to.type() == between() && to.rank() == from.rank();
      for (int axis = 0; fits && axis < to.rank(); axis++) {
        fits = to.dim(axis) == (axis == tap.axis() ? tap.count() : from.dim(axis));
      }
      return fits;
    }

    /// The type of what lies between two axes: integers are rounded but once.
    private ElementType between() {
      boolean keeps = options.isNearest() || x.type().isReal();
      return keeps ? x.type() : ElementType.DOUBLE;
    }
  }
}
