package io.kioku.internal.onnx.op.window;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.Sums;
import io.kioku.internal.onnx.op.Value;

/// GlobalMaxPool and GlobalAveragePool: `(N, C, ...)` to `(N, C, 1, ...)`.
final class GlobalPool implements Operator {
  private final boolean isMax;

  private GlobalPool(boolean isMax) {
    this.isMax = isMax;
  }

  static Operator max(Node node, OperatorContext context) {
    return new GlobalPool(true);
  }

  static Operator average(Node node, OperatorContext context) {
    return new GlobalPool(false);
  }

  @Override
  public void infer(Inference i) {
    i.need(0, "X");
    i.real(0);
    long[] x = i.dims(0);
    if (x != null && x.length < 2) {
      throw new Refusal("input X has shape %s, expected (N, C, ...)", new Dims(x));
    }
    long[] y = x == null ? null : x.clone();
    for (int axis = 2; x != null && axis < x.length; axis++) {
      y[axis] = 1;
    }
    i.out(0, i.type(0), y);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Rows(isMax, context.in(0), context.out(0));
  }

  /// Each of the output's elements from a row of the input.
  private static final class Rows implements Kernel {
    private final boolean isMax;
    private final Value x;
    private final Value y;

    Rows(boolean isMax, Value x, Value y) {
      this.isMax = isMax;
      this.x = x;
      this.y = y;
    }

    @Override
    public void run() {
      long rows = y.size();
      long columns = rows == 0 ? 0 : x.size() / rows;
      for (long row = 0; row < rows; row++) {
        long first = row * columns;
        y.setDouble(
            row, isMax ? max(first, columns) : Sums.sum(x, first, columns) / (double) columns);
      }
    }

    private double max(long first, long count) {
      double max = Double.NEGATIVE_INFINITY;
      for (long i = first; i < first + count; i++) {
        max = Math.max(max, x.asDouble(i));
      }
      return max;
    }
  }
}
