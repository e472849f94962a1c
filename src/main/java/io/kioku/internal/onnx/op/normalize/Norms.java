package io.kioku.internal.onnx.op.normalize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.NormalizationCall.Kind;
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

/// Normalisations along an axis, over some axes, and of groups of channels.
public final class Norms {
  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.operator()) {
      case "Hardmax" -> Hardmax.of(node, context);
      case "LpNormalization" -> new AlongAxis(node, context.threads());
      case "MeanVarianceNormalization" -> new OverAxes(node, context.threads());
      case "GroupNormalization" -> new OfGroups(node, context.threads());
      default -> throw new IllegalArgumentException(node.operator());
    };
  }

  private Norms() {}

  /// LpNormalization: elements along an axis divided by their norm; 0 where that is 0.
  static final class AlongAxis implements Operator {
    private final long axis;
    private final long power;
    private final int threads;

    AlongAxis(GraphNode node, int threads) {
      this.threads = threads;
      axis = node.attributes().integer("axis", -1);
      power = node.attributes().integer("p", 2);
      if (power != 1 && power != 2) {
        throw new Refusal("attribute p is %d, expected 1 or 2".formatted(power));
      }
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "input");
      node.real(0);
      if (node.dims(0) != null) {
        Axes.of(axis, node.dims(0).length);
      }
      node.out(0, node.type(0), node.dims(0));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value x = context.in(0);
      return new MovedRows(
          context,
          power == 1 ? Kind.L1 : Kind.L2,
          0,
          threads,
          () -> Axes.set(new long[] {axis}, x.rank()));
    }

    @Override
    public String backend() {
      return "kioku";
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
      Value x = context.in(0);
      return new MovedRows(context, Kind.CENTRED, EPSILON, threads, () -> Axes.set(axes, x.rank()));
    }

    @Override
    public String backend() {
      return "kioku";
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
      return new NormalizedRows(context, Kind.CENTRED, epsilon, 0, threads, () -> sizes(x.dims()))
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
