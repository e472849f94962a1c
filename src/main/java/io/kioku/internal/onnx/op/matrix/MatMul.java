package io.kioku.internal.onnx.op.matrix;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.MatrixShapes;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedWalk;

/// MatMul, as numpy's: matrices, vectors, and batches that are broadcast. With one constant float32
/// matrix on the right libkioku computes it from packed weights, else OpenBLAS.
public final class MatMul extends PrepackedProduct {
  private MatMul(OperatorContext context, Constant bias) {
    Constant b = context.constant(1);
    boolean isOneMatrix =
        b != null
            && b.type().storage() == ElementType.FLOAT
            && b.dims().length > 0
            && MatrixShapes.isOne(MatrixShapes.of(b.dims(), false).batch());
    super(context, isOneMatrix ? b : null, false, bias == null ? null : bias.data());
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new MatMul(context, null);
  }

  /// A linear layer: the product with a constant float32 matrix that has elements, and a constant
  /// bias of a value for each column as input 2.
  public static Operator linear(OperatorContext context) {
    return new MatMul(context, context.constant(2));
  }

  @Override
  public void infer(ShapeInference i) {
    i.need(0, "A");
    i.need(1, "B");
    for (int input = 0; input < 2; input++) {
      i.types(
          input,
          ElementType.FLOAT,
          ElementType.DOUBLE,
          ElementType.FLOAT16,
          ElementType.BFLOAT16,
          ElementType.INT32,
          ElementType.INT64,
          ElementType.UINT32,
          ElementType.UINT64);
    }
    ElementType type = i.type(0) == null ? i.type(1) : i.type(0);
    if (i.type(1) != null && i.type(1) != type) {
      throw new Refusal("A has type %s, B has %s".formatted(type, i.type(1)));
    }
    i.out(0, type, MatrixShapes.product(i.dims(0), i.dims(1)));
  }

  @Override
  Kernel general(KernelContext context) {
    return new BatchedProduct(context);
  }

  /// MatMul matrix by matrix: floats with OpenBLAS, integers as loops that wrap around.
  private static final class BatchedProduct implements Kernel {
    private final Value a;
    private final Value b;
    private final Value y;
    private MatrixProduct product;
    private StridedWalk walk; // over the matrices of A and of B
    private long count;

    BatchedProduct(KernelContext context) {
      a = context.in(0);
      b = context.in(1);
      y = context.out(0);
    }

    @Override
    public void prepare() {
      MatrixShapes left = MatrixShapes.of(a.dims(), true);
      MatrixShapes right = MatrixShapes.of(b.dims(), false);
      long[] batch = Broadcasting.dims(left.batch(), right.batch());
      long matrices = 1;
      for (long dim : batch) {
        matrices *= dim;
      }
      boolean isOne = MatrixShapes.isOne(right.batch()); // all of A's matrices, one below the other
      count = isOne ? 1 : matrices;
      long rows = isOne ? matrices * left.rows() : left.rows();
      product = MatrixProduct.of(rows, right.columns(), right.rows(), false, false, 1, 0);
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
}
