package io.kioku.internal.onnx.op.copy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
  private final int levels; // 0: there are no elements
  private final long[] sizes; // innermost first; the layouts too, in bytes
  private final long[] fromStrides;
  private final long[] toStrides;
  private final boolean runs;
  private final boolean tiles;
  private final boolean[] repeats; // a level puts what is inside it side by side, again and again

  private StridedCopy(int bytes, long[] dims, Layout from, Layout to) {
    this.bytes = bytes;
    fromOffset = from.offset() * bytes;
    toOffset = to.offset() * bytes;
    sizes = new long[dims.length + 1];
    fromStrides = new long[dims.length + 1];
    toStrides = new long[dims.length + 1];
    levels = join(dims, from.strides(), to.strides());
    boolean beside = fromStrides[0] == bytes && toStrides[0] == bytes;
    runs = beside && sizes[0] * bytes >= SHORT;
    repeats = new boolean[sizes.length];
    long dense = bytes;
    for (int level = 0; level < levels && toStrides[level] == dense; level++) {
      repeats[level] = fromStrides[level] == 0;
      dense *= sizes[level];
    }
    tiles = !beside && !repeats[0] && levels > 1 && Math.min(sizes[0], sizes[1]) >= TILE;
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

  private int join(long[] dims, long[] from, long[] to) {
    int level = -1;
    boolean empty = false;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      empty |= dims[axis] == 0;
      if (dims[axis] == 1) {
        continue;
      }
      if (level >= 0
          && from[axis] * bytes == fromStrides[level] * sizes[level]
          && to[axis] * bytes == toStrides[level] * sizes[level]) {
        sizes[level] *= dims[axis];
      } else {
        level++;
        sizes[level] = dims[axis];
        fromStrides[level] = from[axis] * bytes;
        toStrides[level] = to[axis] * bytes;
      }
    }
    if (level < 0) { // a single element
      level = 0;
      sizes[0] = 1;
      fromStrides[0] = bytes;
      toStrides[0] = bytes;
    }
    return empty ? 0 : level + 1;
  }

  /// Copies.
  public void run(MemorySegment from, MemorySegment to) {
    run(from, 0, to, 0);
  }

  /// Copies, with both layouts moved on by some elements.
  public void run(MemorySegment from, long fromMove, MemorySegment to, long toMove) {
    if (levels > 0) {
      level(levels - 1, from, fromOffset + fromMove * bytes, to, toOffset + toMove * bytes);
    }
  }

  private void level(int level, MemorySegment from, long f, MemorySegment to, long t) {
    if (repeats[level]) {
      repeat(level, from, f, to, t);
    } else if (level == 0) {
      row(sizes[0], from, f, to, t);
    } else if (level == 1 && tiles) {
      tiles(from, f, to, t);
    } else {
      for (long i = 0; i < sizes[level]; i++) {
        level(level - 1, from, f + i * fromStrides[level], to, t + i * toStrides[level]);
      }
    }
  }

  /// Copies what is repeated once, and then what is there already.
  private void repeat(int level, MemorySegment from, long f, MemorySegment to, long t) {
    if (level == 0) {
      Bytes.copy(from, f, to, t, bytes);
    } else {
      level(level - 1, from, f, to, t);
    }
    long all = sizes[level] * toStrides[level];
    for (long done = toStrides[level]; done < all; done *= 2) {
      MemorySegment.copy(to, t, to, t + done, Math.min(done, all - done));
    }
  }

  /// The two innermost levels, so that the cache holds what is read across.
  private void tiles(MemorySegment from, long f, MemorySegment to, long t) {
    for (long column = 0; column < sizes[0]; column += TILE) {
      long width = Math.min(TILE, sizes[0] - column);
      long fromColumn = f + column * fromStrides[0];
      long toColumn = t + column * toStrides[0];
      for (long i = 0; i < sizes[1]; i++) {
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
