package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Blas;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.MatrixShapes;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/// `Y = (A - a_zero) (B - b_zero)`: A of (..., M, K), B of (..., K, N), 8-bit codes; Y of (..., M,
/// N), int32.
public final class MatMulInteger implements Operator {
  static final ElementType[] CODES = {ElementType.UINT8, ElementType.INT8};

  private final WidenedOperand packed;

  private MatMulInteger(WidenedOperand packed) {
    this.packed = packed;
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new MatMulInteger(new WidenedOperand(node, context, 1, 3));
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "A");
    node.need(1, "B");
    for (int i = 0; i < 4; i++) {
      node.types(i, CODES);
    }
    MatrixShapes.check("a_zero_point", node.dims(2), node.dims(0), true);
    MatrixShapes.check("b_zero_point", node.dims(3), node.dims(1), false);
    node.out(0, ElementType.INT32, MatrixShapes.product(node.dims(0), node.dims(1)));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    QuantizedOperand a = new QuantizedOperand(context, context.in(0), context.in(2), true, null);
    QuantizedOperand b =
        new QuantizedOperand(context, context.in(1), context.in(3), false, packed.floats());
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

  /// Products of matrices of 8-bit codes, exact in int32 modulo 2^32.
  ///
  /// They are computed by the product of float32 matrices: as long as 256 terms are summed up, of
  /// at most 255 * 255 each, all sums are whole and below 2^24, so that float32 holds them whatever
  /// the order. Longer sums are taken in parts.
  static final class IntegerProduct implements Kernel {
    private static final int PART = 256;

    private final QuantizedOperand a;
    private final QuantizedOperand b;
    private final Value y;
    private final Value part;
    private StridedWalk walk; // over the matrices of A and of B, in elements
    private boolean isEmpty;
    private int m;
    private int n;
    private int k;

    /// @param y the product, int32
    IntegerProduct(KernelContext context, QuantizedOperand a, QuantizedOperand b, Value y) {
      this.a = a;
      this.b = b;
      this.y = y;
      this.part = context.scratch();
    }

    @Override
    public void prepare() {
      a.prepare();
      b.prepare();
      m = Math.toIntExact(a.matrices().rows());
      n = Math.toIntExact(b.matrices().columns());
      k = Math.toIntExact(b.matrices().rows());
      part.resize(ElementType.FLOAT, m, n);
      long[] batch = Broadcasting.dims(a.matrices().batch(), b.matrices().batch());
      isEmpty = y.size() == 0;
      walk =
          new StridedWalk(
              0,
              batch,
              strides(a.matrices().batch(), batch, (long) m * k),
              strides(b.matrices().batch(), batch, (long) k * n));
    }

    /// How far apart neighbours of a batch lie in a factor, in elements.
    private static long[] strides(long[] from, long[] to, long size) {
      long[] strides = Broadcasting.strides(from, to);
      for (int axis = 0; axis < strides.length; axis++) {
        strides[axis] *= size;
      }
      return strides;
    }

    int columns() {
      return n;
    }

    @Override
    public void run() {
      a.widen();
      b.widen();
      MemorySegment to = y.data();
      to.fill((byte) 0);
      walk.rewind();
      for (long start = 0; !isEmpty && walk.next(); start += part.size()) {
        for (int from = 0; from < k; from += PART) {
          multiply(from);
          MemorySegment sums = part.data();
          for (long j = 0; j < part.size(); j++) {
            int sum = (int) sums.getAtIndex(ValueLayout.JAVA_FLOAT, j);
            int before = to.getAtIndex(ValueLayout.JAVA_INT, start + j);
            to.setAtIndex(ValueLayout.JAVA_INT, start + j, before + sum);
          }
        }
      }
    }

    /// One part of the sums of one product.
    private void multiply(int from) {
      Blas.sgemm(
          false,
          false,
          m,
          n,
          Math.min(PART, k - from),
          1,
          a.address() + (walk.at(0) + from) * Float.BYTES,
          k,
          b.address() + (walk.at(1) + (long) from * n) * Float.BYTES,
          n,
          0,
          part.data().address(),
          n);
    }
  }

  /// A factor of a product in one context: its codes without their zero points, as float32.
  static final class QuantizedOperand {
    private final Value codes;
    private final Value zero; // null: 0
    private final boolean left;
    private final MemorySegment packed; // null: widened at each run
    private final Value scratch;
    private MatrixShapes matrices;
    private ZeroPointIndex places;

    /// @param packed what [#pack] has made; null if the codes are not known beforehand
    QuantizedOperand(
        KernelContext context, Value codes, Value zero, boolean left, MemorySegment packed) {
      this.codes = codes;
      this.zero = zero;
      this.left = left;
      this.packed = packed;
      this.scratch = packed == null ? context.scratch() : null;
    }

    /// Widens a right factor that is known when the model is loaded.
    ///
    /// @param zero null: 0
    static MemorySegment pack(SegmentAllocator allocator, Constant codes, Constant zero) {
      MemorySegment floats = allocator.allocate(ValueLayout.JAVA_FLOAT, Math.max(1, codes.size()));
      Value zeros = zero == null ? null : new Value("zero point", zero);
      MatrixShapes matrices = MatrixShapes.of(codes.dims(), false);
      ZeroPointIndex places = ZeroPointIndex.of(zero == null ? null : zero.dims(), matrices, false);
      widen(new Value("codes", codes), zeros, matrices, places, floats);
      return floats;
    }

    void prepare() {
      matrices = MatrixShapes.of(codes.dims(), left);
      places = ZeroPointIndex.of(zero == null ? null : zero.dims(), matrices, left);
      if (packed == null) {
        scratch.resize(ElementType.FLOAT, codes.dims());
      }
    }

    MatrixShapes matrices() {
      return matrices;
    }

    /// Widens the codes, unless that is done.
    void widen() {
      if (packed == null) {
        widen(codes, zero, matrices, places, scratch.data());
      }
    }

    /// Where the codes lie as float32.
    long address() {
      return packed == null ? scratch.data().address() : packed.address();
    }

    private static void widen(
        Value codes,
        Value zero,
        MatrixShapes matrices,
        ZeroPointIndex places,
        MemorySegment floats) {
      long size = codes.size();
      MemorySegment bytes = codes.data();
      int mask = codes.type() == ElementType.UINT8 ? 0xFF : -1;
      long element = 0;
      for (long matrix = 0; element < size; matrix++) {
        for (long row = 0; row < matrices.rows(); row++) {
          for (long column = 0; column < matrices.columns(); column++, element++) {
            long offset = zero == null ? 0 : zero.asLong(places.at(matrix, row, column));
            int code = bytes.get(ValueLayout.JAVA_BYTE, element) & mask;
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, element, (float) (code - offset));
          }
        }
      }
    }
  }

  /// A right factor that may be known when a model is loaded: widened once then, for all contexts.
  static final class WidenedOperand implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Constant codes; // null: not known
    private final Constant zero; // null: 0
    private MemorySegment floats;

    /// @param codes the factor's input
    /// @param zero the input of its zero point
    WidenedOperand(GraphNode node, OperatorContext context, int codes, int zero) {
      boolean hasZero = node.inputs().size() > zero && !node.inputs().get(zero).isEmpty();
      this.zero = context.constant(zero);
      this.codes = hasZero && this.zero == null ? null : context.constant(codes);
    }

    /// The codes as float32; null if they are not known. To be asked for when types and shapes have
    /// been checked.
    synchronized MemorySegment floats() {
      if (floats == null && codes != null) {
        floats = QuantizedOperand.pack(arena, codes, zero);
      }
      return floats;
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  /// Where the zero point or scale of an element of a factor lies: at `matrix * matrixStride + row
  /// * rowStride + column * columnStride`.
  private record ZeroPointIndex(long matrixStride, long rowStride, long columnStride) {
    private static final ZeroPointIndex ONE = new ZeroPointIndex(0, 0, 0);

    /// Those of what was [MatrixShapes#check]ed.
    ///
    /// @param dims null if it is left out
    static ZeroPointIndex of(long[] dims, MatrixShapes factor, boolean left) {
      if (dims == null || MatrixShapes.isOne(dims)) {
        return ONE;
      }
      long all = left ? factor.rows() : factor.columns();
      return new ZeroPointIndex(dims.length == 1 ? 0 : all, left ? 1 : 0, left ? 0 : 1);
    }

    long at(long matrix, long row, long column) {
      return matrix * matrixStride + row * rowStride + column * columnStride;
    }
  }
}
