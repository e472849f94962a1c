package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Matrices;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// `Y = (A - a_zero) (B - b_zero)`: A of (..., M, K), B of (..., K, N), 8-bit codes; Y of (..., M,
/// N), int32.
final class MatMulInteger implements Operator {
  static final ElementType[] CODES = {ElementType.UINT8, ElementType.INT8};

  private final PackedFactor packed;

  private MatMulInteger(PackedFactor packed) {
    this.packed = packed;
  }

  static Operator of(Node node, OperatorContext context) {
    return new MatMulInteger(new PackedFactor(node, context, 1, 3));
  }

  @Override
  public void infer(Inference node) {
    node.need(0, "A");
    node.need(1, "B");
    for (int i = 0; i < 4; i++) {
      node.types(i, CODES);
    }
    Matrices.check("a_zero_point", node.dims(2), node.dims(0), true);
    Matrices.check("b_zero_point", node.dims(3), node.dims(1), false);
    node.out(0, ElementType.INT32, Matrices.product(node.dims(0), node.dims(1)));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Factor a = new Factor(context, context.in(0), context.in(2), true, null);
    Factor b = new Factor(context, context.in(1), context.in(3), false, packed.floats());
    return new IntegerProduct(context, a, b, context.out(0));
  }

  @Override
  public String backend() {
    return "blas";
  }

  @Override
  public void close() {
    packed.close();
  }
}
