package io.kioku.internal.onnx.op.reduce;

import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// Folds numbers of any type as float64.
final class Reals implements Accumulator {
  private final Reduction reduction;
  private final double[] folded = new double[WIDTH];
  private final float[] floats = new float[WIDTH];
  private final double[] row = new double[WIDTH];
  private final double[] shift = new double[WIDTH]; // the maxima, so that no exponential overflows
  private Fold fold;
  private boolean maps;

  Reals(Reduction reduction) {
    this.reduction = reduction;
  }

  @Override
  public int passes() {
    return reduction == Reduction.LOG_SUM_EXP ? 2 : 1;
  }

  @Override
  public void begin(int pass, int width) {
    boolean last = pass == passes() - 1;
    fold = last ? reduction.fold() : Fold.MAX;
    maps = last && !reduction.keepsOne();
    Arrays.fill(folded, 0, width, fold.identity());
  }

  @Override
  public void add(Value from, long first, int count) {
    Elements.reals(from, first, count, floats, row);
    if (maps) {
      reduction.map(row, shift, count);
    }
    fold.into(folded, row, 0, count);
  }

  @Override
  public void join(int width) {
    int left = width;
    while (left > 1) {
      int half = (left + 1) / 2;
      fold.into(folded, folded, half, left - half);
      left = half;
    }
  }

  @Override
  public void end(boolean joined) {
    for (int i = 0; i < WIDTH; i++) {
      double max = folded[joined ? 0 : i];
      shift[i] = Double.isInfinite(max) ? 0 : max;
    }
  }

  @Override
  public void store(Value to, long first, int count, long numbers) {
    for (int i = 0; i < count; i++) {
      to.setDouble(first + i, reduction.finish(folded[i], shift[i], numbers));
    }
  }
}
