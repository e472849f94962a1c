package io.kioku.internal.onnx.op.reduce;

import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// Keeps the best elements that it has met in a heap, the worst of them on top.
final class TopKernel implements Kernel {
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
        Elements.keys(in, first, inner, keys.length, keys);
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
