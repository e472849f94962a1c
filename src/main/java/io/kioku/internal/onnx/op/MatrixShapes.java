package io.kioku.internal.onnx.op;

import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.Arrays;

/// A factor of a product as NumPy's `matmul` takes it: the last two dimensions are matrices; a
/// vector is one row if it is the left factor, one column if it is the right one.
///
/// @param batch the dimensions before the matrices
@SuppressWarnings("ArrayRecordComponent") // never compared
public record MatrixShapes(long[] batch, long rows, long columns) {
  /// A factor of a shape.
  ///
  /// @throws Refusal if it is a scalar
  public static MatrixShapes of(long[] dims, boolean left) {
    int rank = dims.length;
    if (rank == 0) {
      throw new Refusal("a factor has no dimensions");
    }
    if (rank == 1) {
      return left ? new MatrixShapes(dims(), 1, dims[0]) : new MatrixShapes(dims(), dims[0], 1);
    }
    return new MatrixShapes(Arrays.copyOf(dims, rank - 2), dims[rank - 2], dims[rank - 1]);
  }

  private static long[] dims(long... dims) {
    return dims;
  }

  /// The product's shape; null if that of a factor is.
  ///
  /// @throws Refusal if they cannot be multiplied
  public static long[] product(long[] a, long[] b) {
    if (a == null || b == null) {
      return null;
    }
    MatrixShapes left = of(a, true);
    MatrixShapes right = of(b, false);
    if (left.columns != right.rows && left.columns >= 0 && right.rows >= 0) {
      throw new Refusal("shapes %s and %s cannot be multiplied", new Dims(a), new Dims(b));
    }
    long[] batch = Broadcasting.dims(left.batch, right.batch);
    int matrix = (a.length > 1 ? 1 : 0) + (b.length > 1 ? 1 : 0);
    long[] dims = Arrays.copyOf(batch, batch.length + matrix);
    if (b.length > 1) {
      dims[dims.length - 1] = right.columns;
    }
    if (a.length > 1) {
      dims[batch.length] = left.rows;
    }
    return dims;
  }

  /// Refuses what belongs to the rows of a left factor, or to the columns of a right one, if its
  /// shape is neither one element, nor one for each, nor one for each of each matrix. Shapes that
  /// are not quite known pass.
  public static void check(String name, long[] dims, long[] factor, boolean left) {
    if (dims == null || factor == null || isOne(dims) || isOpen(dims) || isOpen(factor)) {
      return;
    }
    long[] each = factor.clone();
    if (factor.length > 1) {
      each[factor.length - (left ? 1 : 2)] = 1;
    }
    MatrixShapes matrices = of(factor, left);
    boolean vector = dims.length == 1 && dims[0] == (left ? matrices.rows : matrices.columns);
    if (!vector && !(factor.length > 1 && Arrays.equals(dims, each))) {
      throw new Refusal(
          "the shape of %s, %s, does not fit shape %s", name, new Dims(dims), new Dims(factor));
    }
  }

  /// Whether a shape has one element.
  public static boolean isOne(long[] dims) {
    return Arrays.stream(dims).allMatch(dim -> dim == 1);
  }

  private static boolean isOpen(long[] dims) {
    return Arrays.stream(dims).anyMatch(dim -> dim < 0);
  }
}
