package io.kioku.internal.onnx.op.reduce;

import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.util.function.Supplier;

/// Folds some axes of an array. Where the last axis is folded, rows that lie side by side become
/// one number each; else they stay rows, and are folded place by place.
final class ReduceKernel implements Kernel {
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
