package io.kioku.internal.onnx.op.matrix;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Blas;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.MatrixShapes;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.util.Arrays;

/// MatMul in float32 of inputs whose axes are put into another order before, and those of the
/// output behind it: OpenBLAS reads and writes them where they lie.
///
/// @param a the order of the left input's axes: of each that the product sees, which one it is
/// @param b that of the right one
/// @param y that of the output: of each axis, which one of the product's it is
@SuppressWarnings("ArrayRecordComponent") // never compared, and nobody writes to the arrays
public record PermutedProduct(int[] a, int[] b, int[] y) implements Operator {
  /// Whether an input's matrices have rows or columns whose elements lie side by side.
  public static boolean readsInPlace(int[] order) {
    int last = order.length - 1;
    return order[last] == last || order[last - 1] == last;
  }

  /// Whether an output's rows stay rows.
  public static boolean writesInPlace(int[] order) {
    return order[order.length - 1] == order.length - 1;
  }

  @Override
  public void infer(ShapeInference node) {
    node.types(0, ElementType.FLOAT);
    node.types(1, ElementType.FLOAT);
    long[] product = MatrixShapes.product(dims(node.dims(0), a), dims(node.dims(1), b));
    node.out(0, ElementType.FLOAT, dims(product, y));
  }

  private static long[] dims(long[] dims, int[] order) {
    if (dims == null) {
      return null;
    }
    if (dims.length != order.length) {
      throw new Refusal(
          "an input has %d dimensions, expected %d".formatted(dims.length, order.length));
    }
    return Arrays.stream(order).mapToLong(axis -> dims[axis]).toArray();
  }

  @Override
  public String backend() {
    return "blas";
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new InPlace(context);
  }

  private final class InPlace implements Kernel {
    private final Value left;
    private final Value right;
    private final Value out;
    private Factor from;
    private Factor with;
    private int rows;
    private int columns;
    private int inner;
    private int toRow; // between the output's rows
    private StridedWalk walk; // over the matrices of all three

    InPlace(KernelContext context) {
      left = context.in(0);
      right = context.in(1);
      out = context.out(0);
    }

    @Override
    public void prepare() {
      long[] leftDims = dims(left.dims(), a);
      long[] rightDims = dims(right.dims(), b);
      long[] product = MatrixShapes.product(leftDims, rightDims);
      int rank = product.length;
      long[] leftStrides = Layout.of(left.dims()).permuted(a).strides();
      long[] rightStrides = Layout.of(right.dims()).permuted(b).strides();
      long[] outStrides = new long[rank]; // in the product's order of axes
      long[] written = Layout.of(out.dims()).strides();
      for (int axis = 0; axis < rank; axis++) {
        outStrides[y[axis]] = written[axis];
      }
      rows = Math.toIntExact(product[rank - 2]);
      columns = Math.toIntExact(product[rank - 1]);
      inner = Math.toIntExact(leftDims[leftDims.length - 1]);
      from = Factor.of(rows, inner, leftStrides);
      with = Factor.of(inner, columns, rightStrides);
      toRow = Math.toIntExact(Math.max(columns, outStrides[rank - 2]));
      long[] batch = Arrays.copyOf(product, rank - 2);
      walk =
          new StridedWalk(
              0,
              batch,
              batchStrides(leftDims, leftStrides, batch),
              batchStrides(rightDims, rightStrides, batch),
              Arrays.copyOf(outStrides, rank - 2));
    }

    /// Between an input's matrices, 0 along axes that are repeated.
    private static long[] batchStrides(long[] dims, long[] strides, long[] batch) {
      long[] result = new long[batch.length];
      int missing = batch.length - (dims.length - 2);
      for (int axis = missing; axis < batch.length; axis++) {
        result[axis] = dims[axis - missing] == 1 ? 0 : strides[axis - missing];
      }
      return result;
    }

    @Override
    public void run() {
      if (inner == 0) {
        out.data().fill((byte) 0);
        return;
      }
      walk.rewind();
      while (walk.next()) {
        Blas.sgemm(
            from.isTransposed,
            with.isTransposed,
            rows,
            columns,
            inner,
            1,
            left.data().address() + walk.at(0) * Float.BYTES,
            from.step,
            right.data().address() + walk.at(1) * Float.BYTES,
            with.step,
            0,
            out.data().address() + walk.at(2) * Float.BYTES,
            toRow);
      }
    }
  }

  /// How a matrix lies.
  ///
  /// @param isTransposed whether its columns lie side by side, and not its rows
  /// @param step between those that do not
  private record Factor(boolean isTransposed, int step) {
    static Factor of(int rows, int columns, long[] strides) {
      long row = strides[strides.length - 2];
      long column = strides[strides.length - 1];
      boolean isTransposed = column != 1;
      return new Factor(
          isTransposed,
          Math.toIntExact(isTransposed ? Math.max(rows, column) : Math.max(columns, row)));
    }
  }
}
