package io.kioku.internal.onnx.op.tensor;

import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/// Copies the elements of an array from one layout to another: what transposing, slicing, repeating
/// and joining have in common. Axes that lie in both layouts as one are one, and where elements lie
/// side by side in both, whole runs are copied.
public final class StridedCopy {
  /// Shorter runs are faster element by element, in bytes.
  private static final long SHORT = 64;

  /// Rows and columns of a tile, where reading along one axis is writing across it.
  private static final long TILE = 16;

  private final int bytes; // of an element
  private final long fromOffset;
  private final long toOffset;
  private final boolean isEmpty;
  private final long[] dims; // innermost first, as the strides, which are in bytes
  private final long[] fromStrides;
  private final long[] toStrides;
  private final boolean runs;
  private final boolean tiles;
  private final boolean transposes; // the two innermost axes change places
  private final boolean[] repeats; // an axis puts what is inside it side by side, again and again

  private StridedCopy(int bytes, long[] shape, Layout from, Layout to) {
    this.bytes = bytes;
    fromOffset = from.offset() * bytes;
    toOffset = to.offset() * bytes;
    StridedWalk axes = new StridedWalk(1, shape, inBytes(from), inBytes(to));
    isEmpty = axes.isEmpty();
    dims = new long[axes.axes()];
    fromStrides = new long[dims.length];
    toStrides = new long[dims.length];
    for (int axis = 0; axis < dims.length; axis++) {
      dims[axis] = axes.dim(axis);
      fromStrides[axis] = axes.stride(0, axis);
      toStrides[axis] = axes.stride(1, axis);
    }
    boolean beside = fromStrides[0] == bytes && toStrides[0] == bytes;
    runs = beside && dims[0] * bytes >= SHORT;
    repeats = new boolean[dims.length];
    long dense = bytes;
    for (int axis = 0; axis < repeats.length && toStrides[axis] == dense; axis++) {
      repeats[axis] = fromStrides[axis] == 0;
      dense *= dims[axis];
    }
    boolean crosses = !beside && !repeats[0] && repeats.length > 1;
    tiles = crosses && Math.min(dims[0], dims[1]) >= TILE;
    transposes =
        crosses
            && dims[0] * dims[1] >= TILE * TILE / 2
            && toStrides[0] == bytes
            && fromStrides[1] == bytes;
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
    } else if (axis == 0) {
      row(dims[0], from, f, to, t);
    } else if (axis == 1 && (tiles || transposes)) {
      tiles(from, f, to, t);
    } else {
      for (long i = 0; i < dims[axis]; i++) {
        axis(axis - 1, from, f + i * fromStrides[axis], to, t + i * toStrides[axis]);
      }
    }
  }

  /// Copies what is repeated once, and then what is there already.
  private void repeat(int axis, MemorySegment from, long f, MemorySegment to, long t) {
    if (axis == 0) {
      bytes(from, f, to, t, bytes);
    } else {
      axis(axis - 1, from, f, to, t);
    }
    long all = dims[axis] * toStrides[axis];
    for (long done = toStrides[axis]; done < all; done *= 2) {
      MemorySegment.copy(to, t, to, t + done, Math.min(done, all - done));
    }
  }

  /// The two innermost axes, so that the cache holds what is read across.
  private void tiles(MemorySegment from, long f, MemorySegment to, long t) {
    if (transposes) {
      Kernels.get()
          .transpose(
              bytes,
              from.address() + f,
              fromStrides[0],
              to.address() + t,
              toStrides[1],
              dims[1],
              dims[0]);
      return;
    }
    for (long column = 0; column < dims[0]; column += TILE) {
      long width = Math.min(TILE, dims[0] - column);
      long fromColumn = f + column * fromStrides[0];
      long toColumn = t + column * toStrides[0];
      for (long i = 0; i < dims[1]; i++) {
        row(width, from, fromColumn + i * fromStrides[1], to, toColumn + i * toStrides[1]);
      }
    }
  }

  private void row(long count, MemorySegment from, long f, MemorySegment to, long t) {
    if (runs) {
      MemorySegment.copy(from, f, to, t, count * bytes);
      return;
    }
    long df = fromStrides[0];
    long dt = toStrides[0];
    switch (bytes) {
      case 4 -> {
        for (long i = 0; i < count; i++) {
          to.set(
              ValueLayout.JAVA_INT_UNALIGNED,
              t + i * dt,
              from.get(ValueLayout.JAVA_INT_UNALIGNED, f + i * df));
        }
      }
      case 8 -> {
        for (long i = 0; i < count; i++) {
          to.set(
              ValueLayout.JAVA_LONG_UNALIGNED,
              t + i * dt,
              from.get(ValueLayout.JAVA_LONG_UNALIGNED, f + i * df));
        }
      }
      case 2 -> {
        for (long i = 0; i < count; i++) {
          to.set(
              ValueLayout.JAVA_SHORT_UNALIGNED,
              t + i * dt,
              from.get(ValueLayout.JAVA_SHORT_UNALIGNED, f + i * df));
        }
      }
      default -> {
        for (long i = 0; i < count; i++) {
          to.set(ValueLayout.JAVA_BYTE, t + i * dt, from.get(ValueLayout.JAVA_BYTE, f + i * df));
        }
      }
    }
  }
}
