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
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.reduce.Accumulator.Fold;
import io.kioku.internal.onnx.op.reduce.Accumulator.Integers;
import io.kioku.internal.onnx.op.reduce.Accumulator.Reals;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.util.Arrays;
import java.util.function.Supplier;

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
    Value in = context.in(0);
    Supplier<boolean[]> folded = () -> folds(axes.values(context), in.rank());
    Kernel other = new ReduceKernel(in, context.out(0), folded, reduction);
    return new NativeReduction(context, folded, reduction, other);
  }

  /// What becomes of many numbers.
  enum Reduction {
    MEAN(Fold.SUM, Kind.SUM, Finish.DIVIDE),
    SUM(Fold.SUM, Kind.SUM, Finish.NOTHING),
    MAX(Fold.MAX, Kind.MAX, Finish.NOTHING),
    MIN(Fold.MIN, Kind.MIN, Finish.NOTHING),
    PROD(Fold.PRODUCT, Kind.PRODUCT, Finish.NOTHING),
    L1(Fold.SUM, Kind.SUM_ABS, Finish.NOTHING),
    L2(Fold.SUM, Kind.SUM_SQUARES, Finish.ROOT),
    SUM_SQUARE(Fold.SUM, Kind.SUM_SQUARES, Finish.NOTHING),
    LOG_SUM(Fold.SUM, Kind.SUM, Finish.LOG),
    LOG_SUM_EXP(Fold.SUM, Kind.LOG_SUM_EXP, Finish.NOTHING);

    private final Fold fold;
    private final Kind first;
    private final Finish last;

    Reduction(Fold fold, Kind first, Finish last) {
      this.fold = fold;
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

    Fold fold() {
      return fold;
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
      return fold == Fold.MAX || fold == Fold.MIN;
    }

    /// What is folded of each number; of an exponential, relative to the shift.
    void map(double[] numbers, double[] shift, int count) {
      switch (this) {
        case L1 -> {
          for (int i = 0; i < count; i++) {
            numbers[i] = Math.abs(numbers[i]);
          }
        }
        case L2, SUM_SQUARE -> {
          for (int i = 0; i < count; i++) {
            numbers[i] *= numbers[i];
          }
        }
        case LOG_SUM_EXP -> {
          for (int i = 0; i < count; i++) {
            numbers[i] = Math.exp(numbers[i] - shift[i]);
          }
        }
        default -> {}
      }
    }

    /// What is folded of each integer.
    void map(long[] numbers, boolean unsigned, int count) {
      if (this == SUM_SQUARE) {
        for (int i = 0; i < count; i++) {
          numbers[i] *= numbers[i];
        }
      } else if (this == L1 && !unsigned) {
        for (int i = 0; i < count; i++) {
          numbers[i] = Math.abs(numbers[i]);
        }
      }
    }

    /// The result.
    ///
    /// @param count how many numbers were folded
    double finish(double folded, double shift, long count) {
      return switch (this) {
        case MEAN -> folded / (double) count;
        case L2 -> Math.sqrt(folded);
        case LOG_SUM -> Math.log(folded);
        case LOG_SUM_EXP -> shift + Math.log(folded);
        default -> folded;
      };
    }

    /// The result of integers.
    ///
    /// @param count how many numbers were folded
    long finish(long folded, boolean unsigned, long count) {
      if (this != MEAN) {
        return folded;
      }
      if (count == 0) {
        throw new Refusal("the mean of no integers is none");
      }
      return unsigned ? Long.divideUnsigned(folded, count) : folded / count;
    }
  }

  /// Folds some axes of an array. Where the last axis is folded, rows that lie side by side become
  /// one number each; else they stay rows, and are folded place by place.
  private static final class ReduceKernel implements Kernel {
    private final Value in;
    private final Value out;
    private final Supplier<boolean[]> axes;
    private final Reduction reduction;
    private Accumulator accumulator;
    private StridedWalk kept;
    private StridedWalk folded;
    private long count; // how many numbers are folded to one
    private boolean joins; // a row becomes one number

    /// @param axes which are folded, whenever shapes have changed
    ReduceKernel(Value in, Value out, Supplier<boolean[]> axes, Reduction reduction) {
      this.in = in;
      this.out = out;
      this.axes = axes;
      this.reduction = reduction;
    }

    @Override
    public void prepare() {
      boolean[] folds = axes.get();
      boolean[] keeps = new boolean[folds.length];
      count = 1;
      for (int axis = 0; axis < folds.length; axis++) {
        keeps[axis] = !folds[axis];
        count *= folds[axis] ? in.dim(axis) : 1;
      }
      kept = walk(keeps);
      folded = walk(folds);
      accumulator =
          in.type().isReal() || !reduction.isExact()
              ? new Reals(reduction)
              : new Integers(reduction, in.type());
      joins = beside(folded) > 1 || count == 0;
    }

    /// Over some axes, the others' index being 0.
    private StridedWalk walk(boolean[] axes) {
      long[] dims = in.dims().clone();
      for (int axis = 0; axis < dims.length; axis++) {
        dims[axis] = axes[axis] ? dims[axis] : 1;
      }
      return new StridedWalk(1, dims, Layout.of(in.dims()).strides());
    }

    /// How many elements lie side by side; 1 if none do.
    private static long beside(StridedWalk walk) {
      return walk.stride(0, 0) == 1 ? walk.dim(0) : 1;
    }

    @Override
    public void run() {
      long width = joins || beside(kept) == 1 ? 1 : Accumulator.WIDTH;
      long k = 0;
      kept.rewind();
      while (kept.next()) {
        for (long column = 0; column < kept.dim(0); column += width) {
          long place = kept.at(0) + column * kept.stride(0, 0);
          int columns = (int) Math.min(width, kept.dim(0) - column);
          if (joins) {
            join(k, place);
          } else {
            fold(k, place, columns);
          }
          k += columns;
        }
      }
    }

    /// Makes one number of rows.
    private void join(long k, long place) {
      long row = beside(folded);
      int width = (int) Math.min(Accumulator.WIDTH, Math.max(1, row));
      int passes = accumulator.passes();
      for (int pass = 0; pass < passes; pass++) {
        accumulator.begin(pass, width);
        folded.rewind();
        while (folded.next()) {
          for (long first = 0; first < folded.dim(0); first += width) {
            int columns = (int) Math.min(width, folded.dim(0) - first);
            accumulator.add(in, place + folded.at(0) + first * folded.stride(0, 0), columns);
          }
        }
        accumulator.join(width);
        if (pass < passes - 1) {
          accumulator.end(true);
        }
      }
      accumulator.store(out, k, 1, count);
    }

    /// Makes one row of rows, or of single elements.
    private void fold(long k, long place, int width) {
      int passes = accumulator.passes();
      for (int pass = 0; pass < passes; pass++) {
        accumulator.begin(pass, width);
        folded.rewind();
        while (folded.next()) {
          for (long i = 0; i < folded.dim(0); i++) {
            accumulator.add(in, place + folded.at(0) + i * folded.stride(0, 0), width);
          }
        }
        if (pass < passes - 1) {
          accumulator.end(false);
        }
      }
      accumulator.store(out, k, width, count);
    }
  }
}
