package io.kioku.internal.onnx.op.matrix;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.RealInputs;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;

/// Gemm: `alpha op(A) op(B) + beta C`, C broadcast. A linear layer, with constant float32 weights
/// and bias, is computed by libkioku from packed weights; all else by OpenBLAS.
public final class Gemm extends PrepackedProduct {
  private final boolean transA;
  private final boolean transB;
  private final float alpha;
  private final float beta;

  private Gemm(GraphNode node, OperatorContext context) {
    Attributes attributes = node.attributes();
    boolean transB = attributes.flag("transB", false);
    float alpha = attributes.real("alpha", 1);
    float beta = attributes.real("beta", 1);
    boolean hasC = node.inputs().size() > 2;
    Constant b = context.constant(1);
    Constant c = context.constant(2);
    boolean transA = attributes.flag("transA", false);
    boolean isLinear =
        isMatrix(b)
            && !transA
            && alpha == 1
            && (!hasC || (c != null && beta == 1 && isRow(c, b, transB ? 0 : 1)));
    super(context, isLinear ? b : null, transB, isLinear && hasC ? c.data() : null);
    this.transA = transA;
    this.transB = transB;
    this.alpha = alpha;
    this.beta = beta;
  }

  private static boolean isMatrix(Constant b) {
    return b != null && b.type().storage() == ElementType.FLOAT && b.dims().length == 2;
  }

  /// Whether C has a value for each column of the result, the same for all rows.
  ///
  /// @param columns B's dimension of them
  private static boolean isRow(Constant c, Constant b, int columns) {
    long[] dims = c.dims();
    return c.type() == b.type()
        && dims.length > 0
        && dims[dims.length - 1] == b.dims()[columns]
        && c.size() == dims[dims.length - 1];
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new Gemm(node, context);
  }

  @Override
  public void infer(ShapeInference i) {
    i.need(0, "A");
    i.need(1, "B");
    ElementType type = RealInputs.type(i, 0, 1, 2);
    i.rank(0, 2);
    i.rank(1, 2);
    long[] a = i.dims(0);
    long[] b = i.dims(1);
    long ak = a == null ? -1 : a[transA ? 0 : 1];
    long bk = b == null ? -1 : b[transB ? 1 : 0];
    if (ak >= 0 && bk >= 0 && ak != bk) {
      throw new Refusal("A has shape %s, which does not fit B's, %s", new Dims(a), new Dims(b));
    }
    long m = a == null ? -1 : a[transA ? 1 : 0];
    long n = b == null ? -1 : b[transB ? 0 : 1];
    check(i.dims(2), m, n);
    i.out(0, type, m, n);
  }

  private static void check(long[] c, long m, long n) {
    if (c == null) {
      return;
    }
    long columns = c.length < 1 ? 1 : c[c.length - 1];
    long rows = c.length < 2 ? 1 : c[c.length - 2];
    if (c.length > 2 || !fits(rows, m) || !fits(columns, n)) {
      throw new Refusal(
          "C has shape %s, which does not fit a result of %s", new Dims(c), new Dims(m, n));
    }
  }

  private static boolean fits(long size, long wanted) {
    return size < 0 || wanted < 0 || size == 1 || size == wanted;
  }

  @Override
  Kernel general(KernelContext context) {
    return new General(context);
  }

  /// C, then the product on top of it.
  private final class General implements Kernel {
    private final Value a;
    private final Value b;
    private final Value c;
    private final Value y;
    private MatrixProduct product;
    private long rowStep; // of C
    private long columnStep;

    General(KernelContext context) {
      a = context.in(0);
      b = context.in(1);
      c = beta == 0 ? null : context.in(2);
      y = context.out(0);
    }

    @Override
    public void prepare() {
      long k = a.dim(transA ? 0 : 1);
      product = MatrixProduct.of(y.dim(0), y.dim(1), k, transA, transB, alpha, c == null ? 0 : 1);
      if (c != null) {
        int rank = c.rank();
        columnStep = rank < 1 || c.dim(rank - 1) == 1 ? 0 : 1;
        rowStep = rank < 2 || c.dim(0) == 1 ? 0 : c.dim(1);
      }
    }

    @Override
    public void run() {
      if (c != null) {
        spread();
      }
      product.run(a, 0, b, 0, y, 0);
    }

    private void spread() {
      boolean isDouble = y.storage() == ElementType.DOUBLE;
      long at = 0;
      for (long row = 0; row < product.m(); row++) {
        for (long column = 0; column < product.n(); column++) {
          long from = row * rowStep + column * columnStep;
          if (isDouble) {
            y.f64(at++, beta * c.f64(from));
          } else {
            y.f32(at++, beta * c.f32(from));
          }
        }
      }
    }
  }
}
