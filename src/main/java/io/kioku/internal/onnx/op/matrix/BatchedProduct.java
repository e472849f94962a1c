package io.kioku.internal.onnx.op.matrix;

import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Matrices;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedWalk;

/// MatMul matrix by matrix: floats with OpenBLAS, integers as loops that wrap around.
final class BatchedProduct implements Kernel {
  private final Value a;
  private final Value b;
  private final Value y;
  private Product product;
  private StridedWalk walk; // over the matrices of A and of B
  private long count;

  BatchedProduct(KernelContext context) {
    a = context.in(0);
    b = context.in(1);
    y = context.out(0);
  }

  @Override
  public void prepare() {
    Matrices left = Matrices.of(a.dims(), true);
    Matrices right = Matrices.of(b.dims(), false);
    long[] batch = Broadcasting.dims(left.batch(), right.batch());
    long matrices = 1;
    for (long dim : batch) {
      matrices *= dim;
    }
    boolean isOne = Matrices.isOne(right.batch()); // all of A's matrices, one below the other
    count = isOne ? 1 : matrices;
    long rows = isOne ? matrices * left.rows() : left.rows();
    product = Product.of(rows, right.columns(), right.rows(), false, false, 1, 0);
    walk =
        new StridedWalk(
            0,
            batch,
            Broadcasting.strides(left.batch(), batch),
            Broadcasting.strides(right.batch(), batch));
  }

  @Override
  public void run() {
    long aSize = (long) product.m() * product.k();
    long bSize = (long) product.k() * product.n();
    long ySize = (long) product.m() * product.n();
    walk.rewind();
    for (long i = 0; i < count; i++) {
      walk.next();
      if (y.type().isReal()) {
        product.run(a, walk.at(0) * aSize, b, walk.at(1) * bSize, y, i * ySize);
      } else {
        integers(walk.at(0) * aSize, walk.at(1) * bSize, i * ySize);
      }
    }
  }

  private void integers(long aAt, long bAt, long yAt) {
    long at = yAt;
    for (int row = 0; row < product.m(); row++) {
      for (int column = 0; column < product.n(); column++) {
        long sum = 0;
        for (int i = 0; i < product.k(); i++) {
          sum +=
              a.asLong(aAt + (long) row * product.k() + i)
                  * b.asLong(bAt + (long) i * product.n() + column);
        }
        y.setLong(at++, sum);
      }
    }
  }
}
