package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;

/// CumSum: the sum of all elements up to each, along an axis.
public final class CumSum implements Operator {
  private final boolean exclusive; // an element is not part of its sum
  private final boolean reverse; // from the last element

  CumSum(GraphNode node) {
    exclusive = node.attributes().flag("exclusive", false);
    reverse = node.attributes().flag("reverse", false);
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new CumSum(node);
  }

  @Override
  public void infer(ShapeInference node) {
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
    private final Value in;
    private final Value axis;
    private final Value out;
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
        for (long column = first; column < first + inner; column++) {
          long last = column + (count - 1) * inner;
          switch (in.storage()) {
            case FLOAT, DOUBLE -> reals(reverse ? last : column, reverse ? -inner : inner);
            default -> integers(reverse ? last : column, reverse ? -inner : inner);
          }
        }
      }
    }

    private void reals(long first, long step) {
      double sum = 0;
      for (long i = 0; i < count; i++) {
        long place = first + i * step;
        double next = sum + in.asDouble(place);
        out.setDouble(place, exclusive ? sum : next);
        sum = next;
      }
    }

    private void integers(long first, long step) {
      long sum = 0;
      for (long i = 0; i < count; i++) {
        long place = first + i * step;
        long next = sum + in.asLong(place);
        out.setLong(place, exclusive ? sum : next);
        sum = next;
      }
    }
  }
}
