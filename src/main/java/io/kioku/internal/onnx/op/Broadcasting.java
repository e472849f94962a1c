package io.kioku.internal.onnx.op;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.graph.Symbols;

/// The shape that inputs of different shapes have together, as NumPy has it: shapes are aligned at
/// their last dimensions, and a dimension of 1, or one that is not there, is repeated.
public final class Broadcasting {
  private Broadcasting() {}

  /// The shape of some inputs together; null if the rank of one is unknown.
  ///
  /// @throws Refusal if they do not fit together
  public static long[] dims(ShapeInference node, int... inputs) {
    long[] dims = {};
    boolean known = true;
    for (int input : inputs) {
      long[] next = node.dims(input);
      known &= next != null;
      dims = next == null ? dims : dims(dims, next); // those that are known must fit all the same
    }
    return known ? dims : null;
  }

  /// The shape of two shapes together; null if one of them is.
  ///
  /// @throws Refusal if they do not fit together
  public static long[] dims(long[] a, long[] b) {
    if (a == null || b == null) {
      return null;
    }
    int rank = Math.max(a.length, b.length);
    long[] dims = new long[rank];
    for (int i = 0; i < rank; i++) {
      long fromA = at(a, i - rank + a.length);
      long fromB = at(b, i - rank + b.length);
      if (fromA != fromB && fromA >= 0 && fromB >= 0 && fromA != 1 && fromB != 1) {
        throw new Refusal("shapes %s and %s do not fit together", new Dims(a), new Dims(b));
      }
      dims[i] = dim(fromA, fromB);
    }
    return dims;
  }

  private static long at(long[] dims, int axis) {
    return axis < 0 ? 1 : dims[axis];
  }

  private static long dim(long a, long b) {
    if (a == b || b == 1) {
      return a;
    }
    if (a == 1) {
      return b;
    }
    if (a >= 0) {
      return a; // b is unknown, so it is this or 1
    }
    return b >= 0 ? b : Symbols.UNKNOWN;
  }

  /// Refuses a shape that cannot be repeated to become another. Either may be unknown.
  public static void check(long[] from, long[] to) {
    if (from == null || to == null) {
      return;
    }
    boolean fits = from.length <= to.length;
    for (int i = 0; fits && i < from.length; i++) {
      long target = to[i + to.length - from.length];
      fits = from[i] == target || from[i] == 1 || from[i] < 0 || target < 0;
    }
    if (!fits) {
      throw new Refusal("shape %s cannot be repeated to shape %s", new Dims(from), new Dims(to));
    }
  }

  /// How many elements of `from`, row-major, lie between neighbours along each axis of `to`: 0
  /// where it is repeated. All dimensions are known, and `from` fits.
  public static long[] strides(long[] from, long[] to) {
    long[] strides = new long[to.length];
    long stride = 1;
    for (int i = from.length - 1; i >= 0; i--) {
      strides[i + to.length - from.length] = from[i] == 1 ? 0 : stride;
      stride *= from[i];
    }
    return strides;
  }
}
