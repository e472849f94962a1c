package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.MatrixShapes;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;

/// The product of two tensors of 8-bit codes as codes of its own.
///
///     y = saturate(round(sum * (a_scale * b_scale / y_scale)) + y_zero)
///
/// The sum is [MatMulInteger]'s; `b_scale` may have one element for each column.
public final class QLinearMatMul implements Operator {
  private static final int A = 0;
  private static final int A_SCALE = 1;
  private static final int A_ZERO = 2;
  private static final int B = 3;
  private static final int B_SCALE = 4;
  private static final int B_ZERO = 5;
  private static final int Y_SCALE = 6;
  private static final int Y_ZERO = 7;

  private final PackedFactor factor;
  private final int threads;

  private QLinearMatMul(OperatorContext context) {
    factor = new PackedFactor(context.constant(B));
    threads = context.threads();
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new QLinearMatMul(context);
  }

  @Override
  public void infer(ShapeInference node) {
    for (int i = A; i <= Y_ZERO; i++) {
      node.need(i, Integer.toString(i));
      if (i == A_SCALE || i == B_SCALE || i == Y_SCALE) {
        node.types(i, ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16);
      } else {
        node.types(i, MatMulInteger.CODES);
      }
    }
    for (int i : new int[] {A_SCALE, Y_SCALE, Y_ZERO}) {
      node.single(i);
    }
    MatrixShapes.check("a_zero_point", node.dims(A_ZERO), node.dims(A), true);
    MatrixShapes.check("b_scale", node.dims(B_SCALE), node.dims(B), false);
    MatrixShapes.check("b_zero_point", node.dims(B_ZERO), node.dims(B), false);
    if (node.dims(B_SCALE) != null
        && node.dims(B_SCALE).length > 1
        && !MatrixShapes.isOne(node.dims(B_SCALE))) {
      throw new Refusal(
          "b_scale has shape %s, expected one element or one for each column",
          new Dims(node.dims(B_SCALE)));
    }
    node.out(0, node.type(Y_ZERO), MatrixShapes.product(node.dims(A), node.dims(B)));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    IntegerProduct product =
        new IntegerProduct(
            context,
            threads,
            context.in(A),
            context.in(A_ZERO),
            context.in(B),
            context.in(B_ZERO),
            factor);
    return new Codify(context, product);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public void close() {
    factor.close();
  }

  private record Codify(KernelContext context, IntegerProduct product) implements Kernel {
    @Override
    public void prepare() {
      product.prepare();
    }

    @Override
    public void run() {
      Value y = context.out(0);
      Value scales = context.in(B_SCALE);
      product
          .call()
          .giveCodes(
              context.in(A_SCALE).data().address(),
              scales.data().address(),
              scales.size() > 1,
              context.in(Y_SCALE).data().address(),
              context.in(Y_ZERO).data().address(),
              y.type() == ElementType.INT8);
      product.run(y);
    }
  }
}
