package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// Unique: the elements of an array, or its slices along an axis, each once; where each is first,
/// which one each of the input is, and how often each is there. Sorted, or in the order in which
/// they come.
public final class Unique implements Operator {
  private final boolean isFlat;
  private final long axis;
  private final boolean isSorted;

  /// The operator of a node.
  public Unique(GraphNode node) {
    isFlat = !node.attributes().has("axis");
    axis = node.attributes().integer("axis", 0);
    isSorted = node.attributes().flag("sorted", true);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "X");
    long[] x = node.dims(0);
    long[] y = isFlat ? new long[] {-1} : x == null ? null : x.clone();
    if (!isFlat && x != null) {
      y[Axes.of(axis, x.length)] = -1;
    }
    node.later(0, new Known(node.type(0), y, null));
    for (int k = 1; k < 4; k++) {
      node.later(k, Known.of(ElementType.INT64, -1));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new Finding(context);
  }

  private final class Finding implements Kernel {
    private final KernelContext context;
    private final Value x;
    private final long[] one = new long[1];
    private int count; // of slices
    private long inner;
    private long slice; // elements of one
    private int at;
    private long[] dims;
    private int[] order; // slices, equal ones side by side
    private int[] merged;
    private int[] group; // of each slice
    private int[] first; // of each group

    Finding(KernelContext context) {
      this.context = context;
      x = context.in(0);
    }

    @Override
    public void prepare() {
      at = isFlat ? 0 : Axes.of(axis, x.rank());
      dims = isFlat ? new long[1] : x.dims().clone();
      count = Math.toIntExact(isFlat ? x.size() : x.dim(at));
      inner = isFlat ? 1 : Axes.product(dims, at + 1, dims.length);
      slice = isFlat ? 1 : inner * Axes.product(dims, 0, at);
      order = new int[count];
      merged = new int[count];
      group = new int[count];
      first = new int[count];
    }

    /// The place of an element of a slice.
    private long place(int index, long element) {
      return (element / inner * count + index) * inner + element % inner;
    }

    private int compare(int a, int b) {
      int sign = 0;
      for (long i = 0; sign == 0 && i < slice; i++) {
        long p = place(a, i);
        long q = place(b, i);
        sign =
            x.type().isReal()
                ? Double.compare(x.asDouble(p) + 0.0, x.asDouble(q) + 0.0) // -0 is 0
                : x.type() == ElementType.UINT64
                    ? Long.compareUnsigned(x.asLong(p), x.asLong(q))
                    : Long.compare(x.asLong(p), x.asLong(q));
      }
      return sign;
    }

    /// Merging from below: equal slices stay in their order.
    private void sort() {
      for (int i = 0; i < count; i++) {
        order[i] = i;
      }
      for (long half = 1; half < count; half *= 2) {
        for (long from = 0; from < count; from += 2 * half) {
          int middle = (int) Math.min(count, from + half);
          int end = (int) Math.min(count, from + 2 * half);
          int a = (int) from;
          int b = middle;
          for (int k = (int) from; k < end; k++) {
            boolean isLeft = b == end || (a < middle && compare(order[a], order[b]) <= 0);
            merged[k] = isLeft ? order[a++] : order[b++];
          }
        }
        int[] last = order;
        order = merged;
        merged = last;
      }
    }

    @Override
    public void run() {
      sort();
      int groups = 0;
      for (int k = 0; k < count; k++) {
        if (k == 0 || compare(order[k - 1], order[k]) != 0) {
          first[groups++] = order[k];
        }
        group[order[k]] = groups - 1;
      }
      if (!isSorted) {
        groups = inOrder();
      }
      Value y = context.out(0);
      dims[at] = groups;
      y.resize(x.type(), dims);
      int bytes = x.storage().bytes();
      for (int g = 0; g < groups; g++) {
        for (long o = 0; o < slice; o += inner) {
          long from = place(first[g], o) * bytes;
          long to = (o / inner * groups + g) * inner * bytes;
          StridedCopy.bytes(x.data(), from, y.data(), to, inner * bytes);
        }
      }
      indices(groups);
    }

    /// Numbers the groups as they come.
    private int inOrder() {
      int groups = 0;
      for (int i = 0; i < count; i++) {
        merged[i] = first[group[i]]; // the first of its own
      }
      for (int i = 0; i < count; i++) {
        if (merged[i] == i) {
          first[groups] = i;
          group[i] = groups++;
        } else {
          group[i] = group[merged[i]];
        }
      }
      return groups;
    }

    private void indices(int groups) {
      for (int k = 1; k < context.outputs(); k++) {
        one[0] = k == 2 ? count : groups;
        context.out(k).resize(ElementType.INT64, one);
      }
      for (int g = 0; context.outputs() > 1 && g < groups; g++) {
        context.out(1).setLong(g, first[g]);
      }
      for (int i = 0; context.outputs() > 2 && i < count; i++) {
        context.out(2).setLong(i, group[i]);
      }
      if (context.outputs() > 3) {
        Value counts = context.out(3);
        counts.data().fill((byte) 0);
        for (int i = 0; i < count; i++) {
          counts.setLong(group[i], counts.asLong(group[i]) + 1);
        }
      }
    }
  }
}
