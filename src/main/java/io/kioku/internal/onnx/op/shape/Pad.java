package io.kioku.internal.onnx.op.shape;

import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedCopy;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/// Pad: more elements before the first and behind the last of each axis, or fewer where the pads
/// are negative.
public final class Pad implements Operator {
  /// What the new elements are.
  enum Mode {
    CONSTANT,
    REFLECT,
    EDGE,
    WRAP;

    /// Which element lies at an index beyond the first or last of `dim`; -1: the constant.
    long source(long index, long dim) {
      if (index >= 0 && index < dim) {
        return index;
      }
      return switch (this) {
        case CONSTANT -> -1;
        case EDGE -> Math.clamp(index, 0, dim - 1);
        case WRAP -> Math.floorMod(index, dim);
        case REFLECT -> {
          long period = Math.max(1, 2 * (dim - 1));
          long place = Math.floorMod(index, period);
          yield Math.min(place, period - place) % dim;
        }
      };
    }
  }

  private final Mode mode;
  private final Listed pads;
  private final Listed axes;
  private final float constant; // before operator set 11
  private final boolean constantIsInput;

  Pad(GraphNode node) {
    Attributes attributes = node.attributes();
    String text = attributes.text("mode", "constant");
    mode =
        switch (text) {
          case "constant" -> Mode.CONSTANT;
          case "reflect" -> Mode.REFLECT;
          case "edge" -> Mode.EDGE;
          case "wrap" -> Mode.WRAP;
          default ->
              throw new Refusal(
                  "attribute mode is '%s', expected constant, reflect, edge or wrap"
                      .formatted(text));
        };
    pads = Listed.of(node, "pads", 11, 1);
    axes = Listed.of(node, "axes", 11, 3);
    constantIsInput = node.version() >= 11;
    constant = constantIsInput ? 0 : attributes.real("value", 0);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Pad(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "data");
    if (!pads.isGiven(node)) {
      throw new Refusal("pads are missing");
    }
    if (constantIsInput && node.has(2)) {
      node.single(2);
      if (node.type(0) != null) {
        node.types(2, node.type(0));
      }
    }
    long[] dims = node.dims(0);
    long[] amounts = pads.values(node);
    long[] named = axes.values(node);
    if (dims == null || amounts == null || (axes.isGiven(node) && named == null)) {
      node.out(0, node.type(0), Axes.unknown(Axes.rank(dims)));
      return;
    }
    long[] all = spread(amounts, named, dims.length);
    long[] result = dims.clone();
    for (int axis = 0; axis < dims.length; axis++) {
      long before = all[axis];
      long after = all[axis + dims.length];
      if (dims[axis] >= 0) {
        result[axis] = padded(dims[axis], before, after);
      } else if (before != 0 || after != 0) {
        result[axis] = -1;
      }
    }
    if (Arrays.stream(all).allMatch(pad -> pad == 0)) {
      node.view(0, 0, result);
    } else {
      node.out(0, node.type(0), result);
    }
  }

  private long padded(long dim, long before, long after) {
    long result = Math.addExact(dim, Math.addExact(before, after));
    long kept = dim + Math.min(0, before) + Math.min(0, after);
    if (result < 0 || (mode != Mode.CONSTANT && kept <= 0 && result > 0)) {
      throw new Refusal("%d elements cannot be padded by %d and %d".formatted(dim, before, after));
    }
    return result;
  }

  /// The pads of all axes: first those before, then those behind.
  private static long[] spread(long[] amounts, long[] axes, int rank) {
    long[] named = axes == null ? LongStream.range(0, rank).toArray() : axes;
    Axes.set(named, rank); // none twice
    if (amounts.length != 2 * named.length) {
      throw new Refusal(
          "%d pads of %d axes, expected two of each".formatted(amounts.length, named.length));
    }
    long[] all = new long[2 * rank];
    for (int k = 0; k < named.length; k++) {
      int axis = Axes.of(named[k], rank);
      all[axis] = amounts[k];
      all[axis + rank] = amounts[k + named.length];
    }
    return all;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new PadKernel(
        context,
        mode,
        constantIsInput ? context.in(2) : null,
        constant,
        () -> spread(pads.values(context), axes.values(context), context.in(0).rank()));
  }

  /// Copies what stays; then fills the rest with a constant, or axis by axis with slices of what is
  /// there already.
  private static final class PadKernel implements Kernel {
    private final Pad.Mode mode;
    private final Value in;
    private final Value out;
    private final Value given; // the constant; null if it is no input
    private final float constant;
    private final Supplier<long[]> amounts;
    private final Value fill;
    private StridedCopy filling; // null: there is no constant
    private StridedCopy inner;
    private Slices[] slices;

    /// @param given the constant, if it is an input; else null
    /// @param constant if it is not
    /// @param amounts gives the pads of all axes for the present shapes: first those before, then
    ///   those behind
    PadKernel(
        KernelContext context,
        Pad.Mode mode,
        Value given,
        float constant,
        Supplier<long[]> amounts) {
      this.mode = mode;
      this.in = context.in(0);
      this.out = context.out(0);
      this.given = given;
      this.constant = constant;
      this.amounts = amounts;
      this.fill = given == null ? context.scratch() : given;
    }

    /// Slices along an axis, each a copy of another.
    ///
    /// @param moves where a slice comes from and where it goes, in pairs
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Slices(StridedCopy copy, long[] moves) {
      void run(MemorySegment data) {
        for (int i = 0; i < moves.length; i += 2) {
          copy.run(data, moves[i], data, moves[i + 1]);
        }
      }
    }

    @Override
    public void prepare() {
      if (given == null) {
        fill.resize(in.type());
        fill.setDouble(0, constant);
      }
      int rank = in.rank();
      long[] pads = amounts.get();
      long[] kept = in.dims().clone();
      Layout from = Layout.of(in.dims());
      Layout to = Layout.of(out.dims());
      for (int axis = 0; axis < rank; axis++) {
        long before = pads[axis];
        long after = pads[axis + rank];
        kept[axis] = Math.max(0, kept[axis] + Math.min(0, before) + Math.min(0, after));
        from = from.from(axis, Math.max(0, -before));
        to = to.from(axis, Math.max(0, before));
      }
      int bytes = out.storage().bytes();
      boolean isFilled = mode == Pad.Mode.CONSTANT;
      filling = isFilled ? StridedCopy.filling(bytes, out.dims()) : null;
      inner = StridedCopy.of(bytes, kept, from, to);
      slices = new Slices[isFilled || out.size() == 0 ? 0 : rank];
      for (int i = 0; i < slices.length; i++) {
        int axis = rank - 1 - i; // those behind it are filled by then, those before it are not
        long first = Math.max(0, pads[axis]);
        to = to.from(axis, -first);
        slices[i] = slices(axis, first, kept, to);
        kept[axis] = out.dim(axis);
      }
    }

    private Slices slices(int axis, long first, long[] kept, Layout layout) {
      long[] dims = kept.clone();
      dims[axis] = 1;
      long stride = layout.strides()[axis];
      long[] moves =
          LongStream.range(0, out.dim(axis))
              .filter(index -> index < first || index >= first + kept[axis])
              .flatMap(
                  index -> LongStream.of(first + mode.source(index - first, kept[axis]), index))
              .map(index -> index * stride)
              .toArray();
      return new Slices(StridedCopy.of(out.storage().bytes(), dims, layout, layout), moves);
    }

    @Override
    public void run() {
      MemorySegment data = out.data();
      if (filling != null) {
        filling.run(fill.data(), data);
      }
      inner.run(in.data(), data);
      for (int i = 0; i < slices.length; i++) {
        slices[i].run(data);
      }
    }
  }
}
