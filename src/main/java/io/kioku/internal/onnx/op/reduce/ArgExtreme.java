package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// ArgMax and ArgMin: the index of the greatest or least element along an axis; NaN is both.
public final class ArgExtreme implements Operator {
  private final boolean least;
  private final long axis;
  private final boolean keep; // the axis stays, with one element
  private final boolean last; // of several equal ones

  ArgExtreme(GraphNode node, boolean least) {
    this.least = least;
    axis = node.attributes().integer("axis", 0);
    keep = node.attributes().flag("keepdims", true);
    last = node.attributes().flag("select_last_index", false);
  }

  /// The operator of a node, ArgMax or ArgMin.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new ArgExtreme(node, node.operator().equals("ArgMin"));
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "data");
    if (node.type(0) == ElementType.BOOL) {
      throw new Refusal("input 0 has type bool, expected numbers");
    }
    long[] dims = node.dims(0);
    if (dims == null) {
      node.out(0, ElementType.INT64, (long[]) null);
      return;
    }
    int at = Axes.of(axis, dims.length);
    if (dims[at] == 0 && Arrays.stream(dims).filter(dim -> dim <= 0).count() == 1) {
      throw new Refusal("axis %d has no elements".formatted(at));
    }
    long[] result = new long[keep ? dims.length : dims.length - 1];
    for (int i = 0, rank = 0; i < dims.length; i++) {
      if (i != at) {
        result[rank++] = dims[i];
      } else if (keep) {
        result[rank++] = 1;
      }
    }
    node.out(0, ElementType.INT64, result);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Searching(context.in(0), context.out(0));
  }

  private final class Searching implements Kernel {
    private static final int WIDTH = 256;

    private final Value in;
    private final Value out;
    private final long[] row = new long[WIDTH];
    private final long[] best = new long[WIDTH];
    private long count;
    private long inner;

    Searching(Value in, Value out) {
      this.in = in;
      this.out = out;
    }

    @Override
    public void prepare() {
      int at = Axes.of(axis, in.rank());
      count = in.dim(at);
      inner = Axes.product(in.dims(), at + 1, in.rank());
    }

    @Override
    public void run() {
      for (long k = 0; k < out.size(); k += inner) {
        if (inner == 1) {
          along(k);
        } else {
          for (long column = 0; column < inner; column += WIDTH) {
            across(k + column, k * count + column, (int) Math.min(WIDTH, inner - column));
          }
        }
      }
    }

    /// Elements that lie side by side.
    private void along(long k) {
      long extreme = Long.MIN_VALUE;
      long index = 0;
      for (long first = 0; first < count; first += WIDTH) {
        int width = (int) Math.min(WIDTH, count - first);
        ElementReader.keys(in, k * count + first, 1, width, row);
        for (int i = 0; i < width; i++) {
          long key = rank(row[i]);
          if (key > extreme || (last && key == extreme)) {
            extreme = key;
            index = first + i;
          }
        }
      }
      out.setLong(k, index);
    }

    /// Elements that lie apart, several searches side by side.
    private void across(long k, long place, int width) {
      for (long n = 0; n < count; n++) {
        ElementReader.keys(in, place + n * inner, 1, width, row);
        for (int i = 0; i < width; i++) {
          long key = rank(row[i]);
          if (n == 0 || key > best[i] || (last && key == best[i])) {
            best[i] = key;
            out.setLong(k + i, n);
          }
        }
      }
    }

    private long rank(long key) {
      boolean none = key == ElementReader.NAN && in.type().isReal();
      return least && !none ? ~key : key;
    }
  }
}
