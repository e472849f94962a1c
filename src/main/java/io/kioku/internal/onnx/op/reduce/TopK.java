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
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// TopK: the greatest or least elements along an axis, in order, and where they were.
public final class TopK implements Operator {
  /// The most elements along the axis: they are sorted on the Java heap.
  private static final long LARGEST = 1 << 24;

  private final long axis;
  private final boolean least;
  private final long fixed; // k before operator set 10; -1: an input

  TopK(GraphNode node) {
    axis = node.attributes().integer("axis", -1);
    least = !node.attributes().flag("largest", true);
    node.attributes().ignore("sorted"); // they are sorted in any case
    fixed = node.version() < 10 ? node.attributes().integer("k", 0) : -1;
    if (node.version() < 10 && fixed < 1) {
      throw new Refusal("attribute k is %d, expected at least 1".formatted(fixed));
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new TopK(node);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "X");
    if (node.type(0) == ElementType.BOOL) {
      throw new Refusal("input 0 has type bool, expected numbers");
    }
    long k = fixed < 0 ? given(node) : fixed;
    long[] dims = node.dims(0);
    long[] result = null;
    if (dims != null) {
      int at = Axes.of(axis, dims.length);
      if (dims[at] >= 0 && k > dims[at]) {
        throw new Refusal("k is %d, expected 0 to %d".formatted(k, dims[at]));
      }
      if (dims[at] > LARGEST) {
        throw new Refusal(
            "axis %d has %d elements, expected at most %d".formatted(at, dims[at], LARGEST));
      }
      result = dims.clone();
      result[at] = k;
    }
    node.out(0, node.type(0), result);
    node.out(1, ElementType.INT64, result);
  }

  /// The input k; -1 if it is unknown.
  private static long given(ShapeInference node) {
    node.need(1, "K");
    node.types(1, ElementType.INT64);
    node.single(1);
    long[] values = node.longs(1);
    if (values != null && values[0] < 0) {
      throw new Refusal("k is %d, expected at least 0".formatted(values[0]));
    }
    return values == null ? -1 : values[0];
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new TopKernel(context, axis, least);
  }

  /// Keeps the best elements that it has met in a heap, the worst of them on top.
  private static final class TopKernel implements Kernel {
    private final Value in;
    private final Value values;
    private final Value indices; // null: there is no such output
    private final long axis;
    private final boolean least;
    private long[] keys; // of the elements along the axis; greater is better
    private int[] heap; // indices
    private int size;
    private long inner;

    TopKernel(KernelContext context, long axis, boolean least) {
      in = context.in(0);
      values = context.out(0);
      indices = context.outputs() > 1 ? context.out(1) : null;
      this.axis = axis;
      this.least = least;
    }

    @Override
    public void prepare() {
      int at = Axes.of(axis, in.rank());
      keys = new long[(int) in.dim(at)];
      heap = new int[(int) values.dim(at)];
      inner = Axes.product(in.dims(), at + 1, in.rank());
    }

    @Override
    public void run() {
      if (values.size() == 0) {
        return;
      }
      for (long outer = 0; outer * inner * heap.length < values.size(); outer++) {
        for (long column = 0; column < inner; column++) {
          long first = outer * inner * keys.length + column;
          ElementReader.keys(in, first, inner, keys.length, keys);
          select();
          store(first, outer * inner * heap.length + column);
        }
      }
    }

    private void select() {
      for (int i = 0; least && i < keys.length; i++) {
        keys[i] = ~keys[i];
      }
      size = heap.length;
      for (int i = 0; i < size; i++) {
        heap[i] = i;
      }
      for (int i = size / 2 - 1; i >= 0; i--) {
        sink(i);
      }
      for (int i = size; i < keys.length; i++) {
        if (isWorse(heap[0], i)) {
          heap[0] = i;
          sink(0);
        }
      }
      while (size > 1) { // the worst to the end
        size--;
        int worst = heap[0];
        heap[0] = heap[size];
        heap[size] = worst;
        sink(0);
      }
    }

    /// Of equal elements the first is better.
    private boolean isWorse(int a, int b) {
      return keys[a] < keys[b] || (keys[a] == keys[b] && a > b);
    }

    private void sink(int from) {
      int place = from;
      int element = heap[from];
      while (true) {
        int child = 2 * place + 1;
        if (child + 1 < size && isWorse(heap[child + 1], heap[child])) {
          child++;
        }
        if (child >= size || !isWorse(heap[child], element)) {
          break;
        }
        heap[place] = heap[child];
        place = child;
      }
      heap[place] = element;
    }

    private void store(long from, long to) {
      int bytes = in.storage().bytes();
      for (int i = 0; i < heap.length; i++) {
        long place = to + i * inner;
        StridedCopy.bytes(
            in.data(), (from + heap[i] * inner) * bytes, values.data(), place * bytes, bytes);
        if (indices != null) {
          indices.setLong(place, heap[i]);
        }
      }
    }
  }
}
