package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

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
          case MAX -> Elements.leastKey(type);
          case MIN -> Elements.greatestKey(type);
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
      Elements.keys(from, first, 1, count, row);
    } else {
      Elements.integers(from, first, 1, count, row);
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
      to.setLong(first + i, reduction.compares() ? Elements.ofKey(to.type(), result) : result);
    }
  }
}
