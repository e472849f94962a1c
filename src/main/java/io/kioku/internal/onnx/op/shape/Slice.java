package io.kioku.internal.onnx.op.shape;

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
import java.util.Arrays;
import java.util.stream.LongStream;

/// Slice: from a start to an end, in steps, along some axes.
public final class Slice implements Operator {
  private final Listed starts;
  private final Listed ends;
  private final Listed axes;
  private final Listed steps;

  Slice(GraphNode node) {
    starts = Listed.of(node, "starts", 10, 1);
    ends = Listed.of(node, "ends", 10, 2);
    axes = Listed.of(node, "axes", 10, 3);
    steps = Listed.of(node, "steps", 10, 4);
  }

  /// A part of one axis.
  private record AxisPart(long start, long step, long count) {
    static final AxisPart UNKNOWN = new AxisPart(0, 1, -1);

    static AxisPart all(long dim) {
      return new AxisPart(0, 1, dim);
    }

    /// What is meant by a start and an end that may lie beyond the axis, or count from its end.
    static AxisPart of(long dim, long start, long end, long step) {
      if (step == 0) {
        throw new Refusal("a step is 0");
      }
      if (step == 1 && start == 0 && end == Long.MAX_VALUE) {
        return all(dim);
      }
      if (dim < 0) {
        return UNKNOWN;
      }
      long stride = Math.clamp(step, -dim - 1, dim + 1); // beyond, there is but one element
      long first = start < 0 ? start + dim : start;
      long last = end < 0 ? end + dim : end;
      if (step > 0) {
        first = Math.clamp(first, 0, dim);
        last = Math.clamp(last, 0, dim);
        return new AxisPart(first, stride, last > first ? 1 + (last - first - 1) / stride : 0);
      }
      if (dim == 0) {
        return all(0);
      }
      first = Math.clamp(first, 0, dim - 1);
      last = Math.clamp(last, -1, dim - 1);
      return new AxisPart(first, stride, first > last ? 1 + (first - last - 1) / -stride : 0);
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Slice(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "data");
    if (!starts.isGiven(node) || !ends.isGiven(node)) {
      throw new Refusal("starts and ends are missing");
    }
    int count = starts.count(node);
    checkCount(node, ends, count);
    checkCount(node, axes, count);
    checkCount(node, steps, count);
    long[] dims = node.dims(0);
    if (dims == null) {
      node.out(0, node.type(0), (long[]) null);
      return;
    }
    AxisPart[] parts = parts(node, dims);
    boolean whole = true;
    for (int axis = 0; axis < dims.length; axis++) {
      AxisPart part = parts[axis];
      whole &= part.count() == dims[axis] && (part.step() > 0 || dims[axis] == 1);
    }
    long[] result = Arrays.stream(parts).mapToLong(AxisPart::count).toArray();
    if (whole) {
      node.view(0, 0, result);
    } else {
      node.out(0, node.type(0), result);
    }
  }

  private AxisPart[] parts(ShapeInference node, long[] dims) {
    long[] first = starts.values(node);
    long[] last = ends.values(node);
    long[] named = axes.values(node);
    long[] step = steps.values(node);
    boolean anyAxis = axes.isGiven(node) ? named == null : starts.count(node) < 0;
    boolean known = first != null && last != null && (step != null || !steps.isGiven(node));
    if (known && !anyAxis) {
      return parts(dims, first, last, named, step);
    }
    AxisPart[] parts = new AxisPart[dims.length];
    Arrays.fill(parts, AxisPart.UNKNOWN);
    if (!anyAxis) {
      boolean[] set = Axes.set(named(named, starts.count(node)), dims.length);
      for (int axis = 0; axis < dims.length; axis++) {
        parts[axis] = set[axis] ? AxisPart.UNKNOWN : AxisPart.all(dims[axis]);
      }
    }
    return parts;
  }

  private static long[] named(long[] axes, int count) {
    return axes == null ? LongStream.range(0, count).toArray() : axes;
  }

  private static AxisPart[] parts(
      long[] dims, long[] first, long[] last, long[] axes, long[] step) {
    AxisPart[] parts = new AxisPart[dims.length];
    Arrays.setAll(parts, axis -> AxisPart.all(dims[axis]));
    long[] named = named(axes, first.length);
    Axes.set(named, dims.length); // none twice
    for (int k = 0; k < first.length; k++) {
      int axis = Axes.of(named[k], dims.length);
      parts[axis] = AxisPart.of(dims[axis], first[k], last[k], step == null ? 1 : step[k]);
    }
    return parts;
  }

  private static void checkCount(ShapeInference node, Listed list, int expected) {
    int count = list.isGiven(node) ? list.count(node) : expected;
    if (count >= 0 && expected >= 0 && count != expected) {
      throw new Refusal(
          "starts, ends, axes and steps have %d and %d values, expected as many"
              .formatted(expected, count));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Slicing(context);
  }

  private final class Slicing implements Kernel {
    private final KernelContext context;
    private StridedCopy copy;

    Slicing(KernelContext context) {
      this.context = context;
    }

    @Override
    public void prepare() {
      Value in = context.in(0);
      Value out = context.out(0);
      AxisPart[] parts =
          parts(
              in.dims(),
              starts.values(context),
              ends.values(context),
              axes.values(context),
              steps.values(context));
      Layout from = Layout.of(in.dims());
      for (int axis = 0; axis < parts.length; axis++) {
        from = from.from(axis, parts[axis].start()).every(axis, parts[axis].step());
      }
      copy = StridedCopy.of(in.storage().bytes(), out.dims(), from, Layout.of(out.dims()));
    }

    @Override
    public void run() {
      copy.run(context.in(0).data(), context.out(0).data());
    }
  }
}
