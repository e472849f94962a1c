package io.kioku.internal.onnx.op;

import io.kioku.internal.onnx.graph.Refusal;
import java.util.Arrays;

/// Axes as attributes and inputs name them: negative ones count from the last.
public final class Axes {
  private Axes() {}

  /// An axis from 0.
  ///
  /// @throws Refusal if a shape of this rank has no such axis
  public static int of(long axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw new Refusal(
          rank == 0
              ? "axis is %d of a scalar".formatted(axis)
              : "axis is %d, expected %d to %d".formatted(axis, -rank, rank - 1));
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /// Which axes are named.
  ///
  /// @throws Refusal if a shape of this rank has no such axis, or one is named twice
  public static boolean[] set(long[] axes, int rank) {
    boolean[] set = new boolean[rank];
    for (long named : axes) {
      int axis = of(named, rank);
      if (set[axis]) {
        throw new Refusal("axes are %s: one is named twice".formatted(Arrays.toString(axes)));
      }
      set[axis] = true;
    }
    return set;
  }

  /// The product of some dimensions; unknown if one of them is.
  ///
  /// @throws ArithmeticException if it overflows
  public static long product(long[] dims, int from, int to) {
    long product = 1;
    for (int i = from; i < to; i++) {
      if (dims[i] < 0) {
        return -1;
      }
      product = Math.multiplyExact(product, dims[i]);
    }
    return product;
  }

  /// The rank of a shape; -1 if it is unknown.
  public static int rank(long[] dims) {
    return dims == null ? -1 : dims.length;
  }

  /// A shape of which the rank is known at most.
  ///
  /// @param rank -1 if it is unknown, too: the shape is null then
  public static long[] unknown(int rank) {
    if (rank < 0) {
      return null;
    }
    long[] dims = new long[rank];
    Arrays.fill(dims, -1);
    return dims;
  }
}
