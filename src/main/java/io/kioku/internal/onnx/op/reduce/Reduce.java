package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ReductionCall.Finish;
import io.kioku.internal.ffi.ReductionCall.Kind;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import java.util.Arrays;

/// ReduceSum and its like: the numbers along some axes become one each.
public final class Reduce implements Operator {
  private final Reduction reduction;
  private final Listed axes;
  private final boolean keep; // a folded axis stays, with one element
  private final boolean noneMeansNone; // no axes: none, not all

  /// @param since the first operator set in which the axes are an input
  Reduce(GraphNode node, Reduction reduction, int since) {
    this.reduction = reduction;
    axes = Listed.of(node, "axes", since, 1);
    keep = node.attributes().flag("keepdims", true);
    noneMeansNone = node.attributes().flag("noop_with_empty_axes", false);
  }

  /// The operator of a node, by its name. The axes are an input of ReduceSum since operator set 13,
  /// of the others since 18.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.operator()) {
      case "ReduceMean" -> new Reduce(node, Reduction.MEAN, 18);
      case "ReduceSum" -> new Reduce(node, Reduction.SUM, 13);
      case "ReduceMax" -> new Reduce(node, Reduction.MAX, 18);
      case "ReduceMin" -> new Reduce(node, Reduction.MIN, 18);
      case "ReduceProd" -> new Reduce(node, Reduction.PROD, 18);
      case "ReduceL1" -> new Reduce(node, Reduction.L1, 18);
      case "ReduceL2" -> new Reduce(node, Reduction.L2, 18);
      case "ReduceSumSquare" -> new Reduce(node, Reduction.SUM_SQUARE, 18);
      case "ReduceLogSum" -> new Reduce(node, Reduction.LOG_SUM, 18);
      case "ReduceLogSumExp" -> new Reduce(node, Reduction.LOG_SUM_EXP, 18);
      default -> throw new IllegalArgumentException(node.operator());
    };
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "data");
    ElementType type = node.type(0);
    if (type == ElementType.BOOL && !reduction.compares()) {
      throw new Refusal("input 0 has type bool, expected numbers");
    }
    long[] dims = node.dims(0);
    long[] named = axes.values(node);
    if (dims == null || (axes.isGiven(node) && named == null)) {
      node.out(0, type, Axes.unknown(keep ? Axes.rank(dims) : -1));
      return;
    }
    boolean[] folds = folds(named, dims.length);
    long[] result = new long[dims.length];
    int rank = 0;
    boolean same = reduction.keepsOne();
    for (int axis = 0; axis < dims.length; axis++) {
      same &= !folds[axis] || dims[axis] == 1;
      if (!folds[axis]) {
        result[rank++] = dims[axis];
      } else if (keep) {
        result[rank++] = 1;
      }
    }
    result = Arrays.copyOf(result, rank);
    if (same) {
      node.view(0, 0, result);
    } else {
      node.out(0, type, result);
    }
  }

  private boolean[] folds(long[] named, int rank) {
    if (named != null && named.length > 0) {
      return Axes.set(named, rank);
    }
    boolean[] all = new boolean[rank];
    Arrays.fill(all, !noneMeansNone);
    return all;
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new StagedReduction(
        context, () -> folds(axes.values(context), context.in(0).rank()), reduction);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  /// What becomes of many numbers.
  enum Reduction {
    MEAN(Kind.SUM, Finish.DIVIDE),
    SUM(Kind.SUM, Finish.NOTHING),
    MAX(Kind.MAX, Finish.NOTHING),
    MIN(Kind.MIN, Finish.NOTHING),
    PROD(Kind.PRODUCT, Finish.NOTHING),
    L1(Kind.SUM_ABS, Finish.NOTHING),
    L2(Kind.SUM_SQUARES, Finish.ROOT),
    SUM_SQUARE(Kind.SUM_SQUARES, Finish.NOTHING),
    LOG_SUM(Kind.SUM, Finish.LOG),
    LOG_SUM_EXP(Kind.LOG_SUM_EXP, Finish.NOTHING);

    private final Kind first;
    private final Finish last;

    Reduction(Kind first, Finish last) {
      this.first = first;
      this.last = last;
    }

    /// What libkioku does along the first axis that is folded.
    Kind first() {
      return first;
    }

    /// What it does along the others.
    Kind next() {
      return switch (first) {
        case SUM_ABS, SUM_SQUARES -> Kind.SUM;
        default -> first;
      };
    }

    /// What it makes of the result.
    Finish last() {
      return last;
    }

    /// Whether a single number stays what it is.
    boolean keepsOne() {
      return switch (this) {
        case MEAN, SUM, MAX, MIN, PROD -> true;
        default -> false;
      };
    }

    /// Whether integers are computed with as integers.
    boolean isExact() {
      return switch (this) {
        case L2, LOG_SUM, LOG_SUM_EXP -> false;
        default -> true;
      };
    }

    /// Whether numbers are compared only.
    boolean compares() {
      return first == Kind.MAX || first == Kind.MIN;
    }
  }
}
