package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// CumSum: the sum of all elements up to each, along an axis.
final class CumulativeSum implements Operator {
  private final boolean exclusive; // an element is not part of its sum
  private final boolean reverse; // from the last element

  CumulativeSum(Node node) {
    exclusive = node.attributes().flag("exclusive", false);
    reverse = node.attributes().flag("reverse", false);
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "x");
    node.need(1, "axis");
    node.indices(1);
    node.single(1);
    node.types(
        0,
        ElementType.FLOAT,
        ElementType.DOUBLE,
        ElementType.FLOAT16,
        ElementType.BFLOAT16,
        ElementType.INT32,
        ElementType.INT64,
        ElementType.UINT32,
        ElementType.UINT64);
    long[] axis = node.longs(1);
    if (axis != null && node.dims(0) != null) {
      Axes.of(axis[0], node.dims(0).length);
    }
    node.out(0, node.type(0), node.dims(0));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Summing(context.in(0), context.in(1), context.out(0));
  }

  private final class Summing implements Kernel {
    private static final int WIDTH = 256;

    private final Value in;
    private final Value axis;
    private final Value out;
    private final double[] reals = new double[WIDTH];
    private final double[] realRow = new double[WIDTH];
    private final long[] integers = new long[WIDTH];
    private final long[] integerRow = new long[WIDTH];
    private long count;
    private long inner;

    Summing(Value in, Value axis, Value out) {
      this.in = in;
      this.axis = axis;
      this.out = out;
    }

    @Override
    public void prepare() {
      int at = Axes.of(axis.asLong(0), in.rank());
      count = in.dim(at);
      inner = Axes.product(in.dims(), at + 1, in.rank());
    }

    @Override
    public void run() {
      for (long first = 0; first < in.size(); first += count * inner) {
        for (long column = 0; column < inner; column += WIDTH) {
          int width = (int) Math.min(WIDTH, inner - column);
          if (in.type().isReal()) {
            reals(first + column, width);
          } else {
            integers(first + column, width);
          }
        }
      }
    }

    private long place(long first, long step) {
      return first + (reverse ? count - 1 - step : step) * inner;
    }

    private void reals(long first, int width) {
      Arrays.fill(reals, 0, width, 0);
      boolean single = out.storage() == ElementType.FLOAT;
      for (long step = 0; step < count; step++) {
        long place = place(first, step);
        Elements.reals(in, place, 1, width, realRow);
        for (int i = 0; i < width; i++) {
          double before = reals[i];
          reals[i] += realRow[i];
          double sum = exclusive ? before : reals[i];
          if (single) {
            out.f32(place + i, (float) sum);
          } else {
            out.f64(place + i, sum);
          }
        }
      }
    }

    private void integers(long first, int width) {
      Arrays.fill(integers, 0, width, 0);
      for (long step = 0; step < count; step++) {
        long place = place(first, step);
        Elements.integers(in, place, 1, width, integerRow);
        for (int i = 0; i < width; i++) {
          long before = integers[i];
          integers[i] += integerRow[i];
          out.setLong(place + i, exclusive ? before : integers[i]);
        }
      }
    }
  }
}
