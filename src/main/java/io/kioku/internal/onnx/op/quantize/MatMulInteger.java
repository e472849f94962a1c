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

/// `Y = (A - a_zero) (B - b_zero)`: A of (..., M, K), B of (..., K, N), 8-bit codes; Y of (..., M,
/// N), int32, exact modulo 2^32. Or [numbers][#toFloat] at once.
public final class MatMulInteger implements Operator {
  static final ElementType[] CODES = {ElementType.UINT8, ElementType.INT8};

  private static final int A_ZERO = 2;
  private static final int B_ZERO = 3;
  private static final int A_SCALE = 4;
  private static final int B_SCALE = 5;
  private static final int BIAS = 6;

  private final boolean isScaled;
  private final PackedFactor factor;
  private final int threads;

  private MatMulInteger(OperatorContext context, boolean isScaled) {
    this.isScaled = isScaled;
    factor = new PackedFactor(context.constant(1));
    threads = context.threads();
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new MatMulInteger(context, false);
  }

  /// The product as float32, `float(Y) (a_scale b_scale) + bias`, with three more inputs: a_scale
  /// of one element, b_scale of one or of (N), bias of (N) or left out.
  public static Operator toFloat(OperatorContext context) {
    return new MatMulInteger(context, true);
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "A");
    node.need(1, "B");
    for (int i = 0; i <= B_ZERO; i++) {
      node.types(i, CODES);
    }
    MatrixShapes.check("a_zero_point", node.dims(A_ZERO), node.dims(0), true);
    MatrixShapes.check("b_zero_point", node.dims(B_ZERO), node.dims(1), false);
    if (isScaled) {
      node.types(A_SCALE, ElementType.FLOAT);
      node.types(B_SCALE, ElementType.FLOAT);
      node.types(BIAS, ElementType.FLOAT);
      node.single(A_SCALE);
      checkColumns(node, B_SCALE, "b_scale");
      checkColumns(node, BIAS, "bias");
    }
    node.out(
        0,
        isScaled ? ElementType.FLOAT : ElementType.INT32,
        MatrixShapes.product(node.dims(0), node.dims(1)));
  }

  /// Refuses what belongs to the columns of B, input 1, if it has another shape than (N) or one
  /// element, which a bias must not have.
  private static void checkColumns(ShapeInference node, int input, String name) {
    long[] dims = node.dims(input);
    long[] b = node.dims(1);
    if (dims == null || b == null || (input != BIAS && MatrixShapes.isOne(dims))) {
      return;
    }
    long columns = MatrixShapes.of(b, false).columns();
    if (dims.length != 1 || (dims[0] >= 0 && columns >= 0 && dims[0] != columns)) {
      throw new Refusal("%s has shape %s, expected one for each column", name, new Dims(dims));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    IntegerProduct product =
        new IntegerProduct(
            context,
            threads,
            context.in(0),
            context.in(A_ZERO),
            context.in(1),
            context.in(B_ZERO),
            factor);
    return isScaled ? new Numbers(context, product) : new Sums(context.out(0), product);
  }

  @Override
  public String backend() {
    return "kioku";
  }

  @Override
  public void close() {
    factor.close();
  }

  private record Sums(Value y, IntegerProduct product) implements Kernel {
    @Override
    public void prepare() {
      product.prepare();
      product.call().giveSums();
    }

    @Override
    public void run() {
      product.run(y);
    }
  }

  private record Numbers(KernelContext context, IntegerProduct product) implements Kernel {
    @Override
    public void prepare() {
      product.prepare();
    }

    @Override
    public void run() {
      Value scales = context.in(B_SCALE);
      Value bias = context.in(BIAS);
      product
          .call()
          .giveNumbers(
              context.in(A_SCALE).data().address(),
              scales.data().address(),
              scales.size() > 1,
              bias == null ? 0 : bias.data().address(),
              0);
      product.run(context.out(0));
    }
  }
}
