package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.RealInputs;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedWalk;

/// Normalisations that no layer of oneDNN's computes: along an axis, over some axes, and of groups
/// of channels.
public final class Norms {
  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.operator()) {
      case "Hardmax", "LpNormalization" -> new AlongAxis(node);
      case "MeanVarianceNormalization" -> new OverAxes(node, context.threads());
      case "GroupNormalization" -> new OfGroups(node, context.threads());
      default -> throw new IllegalArgumentException(node.operator());
    };
  }

  private Norms() {}

  /// LpNormalization: elements along an axis divided by their norm, a norm of 0 left out; Hardmax:
  /// 1 at the first of the greatest, 0 elsewhere, before operator set 13 over all axes from one on.
  static final class AlongAxis implements Operator {
    private final boolean isHardmax;
    private final boolean isFlat;
    private final long axis;
    private final long power;

    AlongAxis(GraphNode node) {
      isHardmax = node.operator().equals("Hardmax");
      isFlat = isHardmax && node.version() < 13;
      axis = node.attributes().integer("axis", isFlat ? 1 : -1);
      power = isHardmax ? 0 : node.attributes().integer("p", 2);
      if (!isHardmax && power != 1 && power != 2) {
        throw new Refusal("attribute p is %d, expected 1 or 2".formatted(power));
      }
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "input");
      node.real(0);
      long[] x = node.dims(0);
      if (x != null && !(isFlat && axis == x.length)) {
        Axes.of(axis, x.length);
      }
      node.out(0, node.type(0), x);
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value x = context.in(0);
      Value y = context.out(0);
      return () -> {
        int at = axis == x.rank() ? x.rank() : Axes.of(axis, x.rank());
        long inner = isFlat ? 1 : Axes.product(x.dims(), at + 1, x.rank());
        long count = isFlat ? Axes.product(x.dims(), at, x.rank()) : x.dim(at);
        for (long first = 0; first < x.size(); first += count * inner) {
          for (long column = first; column < first + inner; column++) {
            if (isHardmax) {
              hardmax(x, y, column, inner, count);
            } else {
              divide(x, y, column, inner, count);
            }
          }
        }
      };
    }

    private static void hardmax(Value x, Value y, long first, long step, long count) {
      long best = first;
      for (long i = 0; i < count; i++) {
        best = x.asDouble(first + i * step) > x.asDouble(best) ? first + i * step : best;
        y.setDouble(first + i * step, 0);
      }
      y.setDouble(best, 1);
    }

    private void divide(Value x, Value y, long first, long step, long count) {
      double sum = 0;
      for (long i = 0; i < count; i++) {
        double value = x.asDouble(first + i * step);
        sum += power == 1 ? Math.abs(value) : value * value;
      }
      double norm = power == 1 ? sum : Math.sqrt(sum);
      for (long i = 0; i < count; i++) {
        y.setDouble(first + i * step, norm == 0 ? 0 : x.asDouble(first + i * step) / norm);
      }
    }
  }

  /// MeanVarianceNormalization: over some axes `(x - mean) / (deviation + 1e-9)`.
  static final class OverAxes implements Operator {
    private static final double EPSILON = 1e-9;

    private final long[] axes;
    private final int threads;

    OverAxes(GraphNode node, int threads) {
      this.threads = threads;
      long[] named = node.attributes().integers("axes");
      axes = named == null ? new long[] {0, 2, 3} : named;
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "X");
      node.real(0);
      if (node.dims(0) != null) {
        Axes.set(axes, node.dims(0).length);
      }
      node.out(0, node.type(0), node.dims(0));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      return new Moments(context, threads);
    }

    private final class Moments implements Kernel {
      private final Value x;
      private final Value y;
      private StridedWalk outer;
      private StridedWalk inner;
      private double count;

      private final NormalizedRows rows; // where they lie side by side
      private long row; // elements of each; 0: they do not

      Moments(KernelContext context, int threads) {
        x = context.in(0);
        y = context.out(0);
        rows =
            new NormalizedRows(
                context,
                true,
                0,
                EPSILON,
                threads,
                () -> new NormalizedRows.Sizes(x.size() / row, row, row, 1));
      }

      @Override
      public void prepare() {
        boolean[] over = Axes.set(axes, x.rank());
        long[] kept = x.dims().clone();
        long[] gone = x.dims().clone();
        for (int axis = 0; axis < over.length; axis++) {
          kept[axis] = over[axis] ? 1 : kept[axis];
          gone[axis] = over[axis] ? gone[axis] : 1;
        }
        row = rowSize(over);
        if (row > 0) {
          rows.prepare();
          return;
        }
        long[] strides = Layout.of(x.dims()).strides();
        outer = new StridedWalk(0, kept, strides);
        inner = new StridedWalk(1, gone, strides);
        count = Axes.product(gone, 0, gone.length);
      }

      /// How many elements are normalised together if they lie side by side; else 0.
      private long rowSize(boolean[] over) {
        long size = 1;
        boolean isOutside = false;
        for (int axis = over.length - 1; axis >= 0; axis--) {
          if (x.dim(axis) == 1) {
            continue;
          }
          if (over[axis] && isOutside) {
            return 0;
          }
          isOutside |= !over[axis];
          size *= over[axis] ? x.dim(axis) : 1;
        }
        return size;
      }

      @Override
      public void run() {
        if (row > 0) {
          rows.run();
          return;
        }
        outer.rewind();
        while (outer.next()) {
          double mean = sum(outer.at(0), 0, false) / count;
          double factor = 1 / (Math.sqrt(sum(outer.at(0), mean, true) / count) + EPSILON);
          inner.rewind();
          while (inner.next()) {
            for (long i = 0; i < inner.dim(0); i++) {
              long at = outer.at(0) + inner.at(0) + i * inner.stride(0, 0);
              y.setDouble(at, (x.asDouble(at) - mean) * factor);
            }
          }
        }
      }

      private double sum(long first, double centre, boolean isSquared) {
        double sum = 0;
        inner.rewind();
        while (inner.next()) {
          for (long i = 0; i < inner.dim(0); i++) {
            double d = x.asDouble(first + inner.at(0) + i * inner.stride(0, 0)) - centre;
            sum += isSquared ? d * d : d;
          }
        }
        return sum;
      }
    }
  }

  /// GroupNormalization: groups of channels of `(N, C, ...)` by their own mean and variance; scale
  /// and bias are of groups in operator set 18, of channels since 21.
  static final class OfGroups implements Operator {
    private final long groups;
    private final float epsilon;
    private final boolean isByChannel;

    private final int threads;

    OfGroups(GraphNode node, int threads) {
      this.threads = threads;
      groups = node.attributes().integer("num_groups", 0);
      epsilon = node.attributes().real("epsilon", 1e-5f);
      isByChannel = node.version() >= 21;
      node.attributes().ignore("stash_type"); // sums are of double
      if (groups < 1) {
        throw new Refusal("attribute num_groups is %d, expected at least 1".formatted(groups));
      }
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "X");
      node.need(1, "scale");
      node.need(2, "bias");
      ElementType type = RealInputs.type(node, 0, 1, 2);
      long[] x = node.dims(0);
      if (x != null && (x.length < 2 || (x[1] >= 0 && x[1] % groups != 0))) {
        throw new Refusal(
            "the input has shape %s, expected (N, C, ...), C in %d groups", new Dims(x), groups);
      }
      long each = isByChannel ? x == null ? -1 : x[1] : groups;
      Channels.check(node, 1, each);
      Channels.check(node, 2, each);
      node.out(0, type, x);
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value x = context.in(0);
      return new NormalizedRows(context, true, epsilon, 0, threads, () -> sizes(x.dims()))
          .scaled(context.in(1), context.in(2));
    }

    private NormalizedRows.Sizes sizes(long[] x) {
      long plane = Axes.product(x, 2, x.length);
      long columns = x[1] / groups * plane;
      return new NormalizedRows.Sizes(
          Math.multiplyExact(x[0], groups),
          columns,
          isByChannel ? plane : columns,
          isByChannel ? x[1] : groups);
    }

    @Override
    public String backend() {
      return "kioku";
    }
  }
}
