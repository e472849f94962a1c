package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.reduce.Reduce.Reduction;
import java.util.Arrays;

/// Folds rows of numbers into one row, place by place.
interface Accumulator {
  /// The most places of a row.
  int WIDTH = 256;

  /// How often all rows must be shown.
  int passes();

  /// Begins a pass.
  void begin(int pass, int width);

  /// Folds a row that lies side by side; it may be shorter than the others.
  void add(Value from, long first, int count);

  /// Folds the row into its first place: halves are folded together, so that errors stay small.
  void join(int width);

  /// Ends a pass that is not the last.
  ///
  /// @param joined whether the row was folded into its first place
  void end(boolean joined);

  /// The results.
  ///
  /// @param folded how many numbers each is of
  void store(Value to, long first, int count, long folded);

  /// How two numbers become one.
  enum Fold {
    SUM,
    PRODUCT,
    MAX,
    MIN;

    /// What changes nothing.
    double identity() {
      return switch (this) {
        case SUM -> 0;
        case PRODUCT -> 1;
        case MAX -> Double.NEGATIVE_INFINITY;
        case MIN -> Double.POSITIVE_INFINITY;
      };
    }

    /// Folds each number into the one at the same place.
    void into(double[] into, double[] numbers, int from, int count) {
      switch (this) {
        case SUM -> {
          for (int i = 0; i < count; i++) {
            into[i] += numbers[from + i];
          }
        }
        case PRODUCT -> {
          for (int i = 0; i < count; i++) {
            into[i] *= numbers[from + i];
          }
        }
        case MAX -> {
          for (int i = 0; i < count; i++) {
            into[i] = Math.max(into[i], numbers[from + i]);
          }
        }
        case MIN -> {
          for (int i = 0; i < count; i++) {
            into[i] = Math.min(into[i], numbers[from + i]);
          }
        }
      }
    }

    /// Folds integers.
    void into(long[] into, long[] numbers, int from, int count) {
      switch (this) {
        case SUM -> {
          for (int i = 0; i < count; i++) {
            into[i] += numbers[from + i];
          }
        }
        case PRODUCT -> {
          for (int i = 0; i < count; i++) {
            into[i] *= numbers[from + i];
          }
        }
        case MAX -> {
          for (int i = 0; i < count; i++) {
            into[i] = Math.max(into[i], numbers[from + i]);
          }
        }
        case MIN -> {
          for (int i = 0; i < count; i++) {
            into[i] = Math.min(into[i], numbers[from + i]);
          }
        }
      }
    }
  }

  /// Folds numbers of any type as float64.
  final class Reals implements Accumulator {
    private final Reduction reduction;
    private final double[] folded = new double[WIDTH];
    private final float[] floats = new float[WIDTH];
    private final double[] row = new double[WIDTH];
    private final double[] shift =
        new double[WIDTH]; // the maxima, so that no exponential overflows
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
      ElementReader.reals(from, first, count, floats, row);
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

  /// Folds integers as int64; sums and products lose their upper bits.
  final class Integers implements Accumulator {
    private final Reduction reduction;
    private final boolean unsigned;
    private final long identity;
    private final long[] folded = new long[WIDTH];
    private final long[] row = new long[WIDTH];

    Integers(Reduction reduction, ElementType type) {
      this.reduction = reduction;
      unsigned = type.isUnsigned();
      identity =
          switch (reduction.fold()) {
            case SUM -> 0;
            case PRODUCT -> 1;
            case MAX -> ElementReader.leastKey(type);
            case MIN -> ElementReader.greatestKey(type);
          };
    }

    @Override
    public int passes() {
      return 1;
    }

    @Override
    public void begin(int pass, int width) {
      Arrays.fill(folded, 0, width, identity);
    }

    @Override
    public void add(Value from, long first, int count) {
      if (reduction.compares()) {
        ElementReader.keys(from, first, 1, count, row);
      } else {
        ElementReader.integers(from, first, 1, count, row);
        reduction.map(row, unsigned, count);
      }
      reduction.fold().into(folded, row, 0, count);
    }

    @Override
    public void join(int width) {
      int left = width;
      while (left > 1) {
        int half = (left + 1) / 2;
        reduction.fold().into(folded, folded, half, left - half);
        left = half;
      }
    }

    @Override
    public void end(boolean joined) {}

    @Override
    public void store(Value to, long first, int count, long numbers) {
      for (int i = 0; i < count; i++) {
        long result = reduction.finish(folded[i], unsigned, numbers);
        to.setLong(
            first + i, reduction.compares() ? ElementReader.ofKey(to.type(), result) : result);
      }
    }
  }
}
