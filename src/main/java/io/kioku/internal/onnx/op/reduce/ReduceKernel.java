package io.kioku.internal.onnx.op.reduce;

import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.Value;
import java.util.function.Supplier;

/// Folds some axes of an array. Where the last axis is folded, rows that lie side by side become
/// one number each; else they stay rows, and are folded place by place.
final class ReduceKernel implements Kernel {
  private final Value in;
  private final Value out;
  private final Supplier<boolean[]> axes;
  private final Reduction reduction;
  private Accumulator accumulator;
  private Walk kept;
  private Walk folded;
  private long row; // how many elements lie side by side
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
    for (int axis = 0; axis < folds.length; axis++) {
      keeps[axis] = !folds[axis];
    }
    kept = new Walk(in.dims(), keeps);
    folded = new Walk(in.dims(), folds);
    accumulator =
        in.type().isReal() || !reduction.isExact()
            ? new Reals(reduction)
            : new Integers(reduction, in.type());
    joins = folded.beside() > 1 || folded.count() == 0;
    row = joins ? folded.beside() : kept.beside();
  }

  @Override
  public void run() {
    if (joins) {
      for (long k = 0; k < out.size(); k++) {
        join(k);
      }
    } else {
      for (long k = 0; k < out.size(); k += row) {
        for (long column = 0; column < row; column += Accumulator.WIDTH) {
          fold(k + column, (int) Math.min(Accumulator.WIDTH, row - column));
        }
      }
    }
  }

  private void join(long k) {
    long place = kept.place(k);
    int width = (int) Math.min(Accumulator.WIDTH, Math.max(1, row));
    int passes = accumulator.passes();
    for (int pass = 0; pass < passes; pass++) {
      accumulator.begin(pass, width);
      for (long f = 0; f < folded.count(); f += row) {
        long first = place + folded.place(f);
        for (long column = 0; column < row; column += width) {
          accumulator.add(in, first + column, (int) Math.min(width, row - column));
        }
      }
      accumulator.join(width);
      if (pass < passes - 1) {
        accumulator.end(true);
      }
    }
    accumulator.store(out, k, 1, folded.count());
  }

  private void fold(long k, int width) {
    long place = kept.place(k);
    int passes = accumulator.passes();
    for (int pass = 0; pass < passes; pass++) {
      accumulator.begin(pass, width);
      for (long f = 0; f < folded.count(); f++) {
        accumulator.add(in, place + folded.place(f), width);
      }
      if (pass < passes - 1) {
        accumulator.end(false);
      }
    }
    accumulator.store(out, k, width, folded.count());
  }
}
