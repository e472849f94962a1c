package io.kioku.internal.onnx.op.tensor;

import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/// Copies the elements of an array from one layout to another: what transposing, slicing, repeating
/// and joining have in common. Axes that lie in both layouts as one are one. The three innermost
/// are libkioku's.
public final class StridedCopy {
  private static final int NATIVE = 3; // axes

  /// What is repeated many times is copied from what is there already if it is short, in bytes.
  private static final int SHORT = 256;

  private static final int MANY = 8;

  private final Kernels kernels = Kernels.get();
  private final int bytes; // of an element
  private final long fromOffset;
  private final long toOffset;
  private final boolean isEmpty;
  private final long[] dims; // innermost first, as the strides, which are in bytes
  private final long[] fromStrides;
  private final long[] toStrides;
  private final boolean[] repeats; // an axis puts what is inside it side by side, again and again

  private StridedCopy(int bytes, long[] shape, Layout from, Layout to) {
    this.bytes = bytes;
    fromOffset = from.offset() * bytes;
    toOffset = to.offset() * bytes;
    StridedWalk axes = new StridedWalk(NATIVE, shape, inBytes(from), inBytes(to));
    isEmpty = axes.isEmpty();
    dims = new long[axes.axes()];
    fromStrides = new long[dims.length];
    toStrides = new long[dims.length];
    for (int axis = 0; axis < dims.length; axis++) {
      dims[axis] = axes.dim(axis);
      fromStrides[axis] = axes.stride(0, axis);
      toStrides[axis] = axes.stride(1, axis);
    }
    repeats = new boolean[dims.length];
    long dense = bytes;
    for (int axis = 0; axis < repeats.length && toStrides[axis] == dense; axis++) {
      repeats[axis] = axis > 0 && fromStrides[axis] == 0 && dense <= SHORT && dims[axis] >= MANY;
      dense *= dims[axis];
    }
    if (toStrides[0] == bytes && fromStrides[0] != bytes && fromStrides[0] != 0) {
      moveNext();
    }
  }

  /// The axis along which elements lie side by side where they come from becomes the next to the
  /// one along which they do where they go: a matrix that is transposed.
  private void moveNext() {
    int side = 1;
    while (side < dims.length && (fromStrides[side] != bytes || dims[side] == 1)) {
      side++;
    }
    for (int axis = side; side < dims.length && axis > 1; axis--) {
      swap(dims, axis);
      swap(fromStrides, axis);
      swap(toStrides, axis);
      boolean isRepeated = repeats[axis];
      repeats[axis] = repeats[axis - 1];
      repeats[axis - 1] = isRepeated;
    }
  }

  private static void swap(long[] values, int index) {
    long value = values[index];
    values[index] = values[index - 1];
    values[index - 1] = value;
  }

  private long[] inBytes(Layout layout) {
    long[] strides = layout.strides().clone();
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] *= bytes;
    }
    return strides;
  }

  /// A way to copy.
  ///
  /// @param bytes of an element: 1, 2, 4 or 8
  /// @param dims how many elements along each axis
  public static StridedCopy of(int bytes, long[] dims, Layout from, Layout to) {
    return new StridedCopy(bytes, dims, from, to);
  }

  /// A way to copy the first element to all places of an array, row-major.
  ///
  /// @param bytes of an element: 1, 2, 4 or 8
  public static StridedCopy filling(int bytes, long[] dims) {
    return new StridedCopy(bytes, dims, new Layout(0, new long[dims.length]), Layout.of(dims));
  }

  /// A kernel that copies one value's elements to another, or some of them, or several times.
  ///
  /// @param planner says how, whenever shapes have changed
  public static Kernel kernel(Value from, Value to, Supplier<StridedCopy> planner) {
    return new Kernel() {
      private StridedCopy copy;

      @Override
      public void prepare() {
        copy = planner.get();
      }

      @Override
      public void run() {
        copy.run(from.data(), to.data());
      }
    };
  }

  /// Copies some bytes, often those of a single element.
  public static void bytes(MemorySegment from, long f, MemorySegment to, long t, long bytes) {
    if (bytes == Integer.BYTES) {
      to.set(ValueLayout.JAVA_INT_UNALIGNED, t, from.get(ValueLayout.JAVA_INT_UNALIGNED, f));
    } else if (bytes == Long.BYTES) {
      to.set(ValueLayout.JAVA_LONG_UNALIGNED, t, from.get(ValueLayout.JAVA_LONG_UNALIGNED, f));
    } else {
      MemorySegment.copy(from, f, to, t, bytes);
    }
  }

  /// Copies.
  public void run(MemorySegment from, MemorySegment to) {
    run(from, 0, to, 0);
  }

  /// Copies, with both layouts moved on by some elements.
  public void run(MemorySegment from, long fromMove, MemorySegment to, long toMove) {
    if (!isEmpty) {
      axis(dims.length - 1, from, fromOffset + fromMove * bytes, to, toOffset + toMove * bytes);
    }
  }

  private void axis(int axis, MemorySegment from, long f, MemorySegment to, long t) {
    if (repeats[axis]) {
      repeat(axis, from, f, to, t);
    } else if (axis == 0 || (axis < NATIVE && !repeats[1])) {
      copy(axis, from.address() + f, to.address() + t);
    } else {
      for (long i = 0; i < dims[axis]; i++) {
        axis(axis - 1, from, f + i * fromStrides[axis], to, t + i * toStrides[axis]);
      }
    }
  }

  /// Copies what is repeated once, and then what is there already.
  private void repeat(int axis, MemorySegment from, long f, MemorySegment to, long t) {
    axis(axis - 1, from, f, to, t);
    long all = dims[axis] * toStrides[axis];
    for (long done = toStrides[axis]; done < all; done *= 2) {
      MemorySegment.copy(to, t, to, t + done, Math.min(done, all - done));
    }
  }

  /// Copies an axis and those inside it.
  private void copy(int axis, long from, long to) {
    kernels.copy(
        bytes,
        from,
        to,
        dims[0],
        fromStrides[0],
        toStrides[0],
        axis < 1 ? 1 : dims[1],
        fromStrides[1],
        toStrides[1],
        axis < 2 ? 1 : dims[2],
        fromStrides[2],
        toStrides[2]);
  }
}
