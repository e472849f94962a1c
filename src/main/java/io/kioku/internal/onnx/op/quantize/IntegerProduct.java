package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.IntegerLinearCall;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.MatrixShapes;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.lang.foreign.MemorySegment;

/// Products of matrices of 8-bit codes without their zero points, in one context: exact in int32
/// modulo 2^32, and what an operator makes of the sums.
final class IntegerProduct {
  private final Value a;
  private final Value aZero; // null: 0
  private final Value b;
  private final Value bZero; // null: 0
  private final MemorySegment known; // b, packed; null: packed at each run
  private final Value packed;
  private final Value work;
  private final IntegerLinearCall call;
  private MatrixShapes factor; // b
  private ZeroPointIndex aPlaces;
  private ZeroPointIndex bPlaces;
  private StridedWalk walk; // over the matrices of a and b
  private long count; // of products; those with the same b are one
  private long rows;

  /// @param aZero null for 0
  /// @param bZero null for 0
  /// @param factor b
  IntegerProduct(
      KernelContext context,
      int threads,
      Value a,
      Value aZero,
      Value b,
      Value bZero,
      PackedFactor factor) {
    this.a = a;
    this.aZero = aZero;
    this.b = b;
    this.bZero = bZero;
    known = factor.packed();
    packed = context.scratch();
    work = context.scratch();
    call = new IntegerLinearCall(threads, context.arena());
  }

  /// Where to say what becomes of the sums.
  IntegerLinearCall call() {
    return call;
  }

  /// Makes itself fit the present shapes, which were checked.
  void prepare() {
    MatrixShapes left = MatrixShapes.of(a.dims(), true);
    factor = MatrixShapes.of(b.dims(), false);
    aPlaces = ZeroPointIndex.of(aZero == null ? null : aZero.dims(), left, true);
    bPlaces = ZeroPointIndex.of(bZero == null ? null : bZero.dims(), factor, false);
    long[] batch = Broadcasting.dims(left.batch(), factor.batch());
    count = 1;
    for (long dim : batch) {
      count *= dim;
    }
    rows = left.rows();
    if (MatrixShapes.isOne(factor.batch()) && !aPlaces.isRepeated()) {
      rows *= count;
      count = Math.min(count, 1);
    }
    walk =
        new StridedWalk(
            0,
            batch,
            Broadcasting.strides(left.batch(), batch),
            Broadcasting.strides(factor.batch(), batch));
    if (known == null) {
      packed.resize(ElementType.UINT8, PackedFactor.bytes(factor));
    }
    call.sizes(
        factor.rows(),
        factor.columns(),
        a.type() == ElementType.INT8,
        b.type() == ElementType.INT8);
    work.resize(ElementType.UINT8, call.workBytes(factor.rows()));
  }

  /// Computes the products.
  ///
  /// @param y of the type that the call gives
  void run(Value y) {
    if (y.size() == 0) {
      return;
    }
    if (known == null) {
      PackedFactor.pack(b.type(), b.data(), factor, packed.data());
    }
    long weights = (known == null ? packed.data() : known).address();
    long bytes = PackedFactor.bytesOfOne(factor);
    long ySize = rows * factor.columns() * y.storage().bytes();
    walk.rewind();
    for (long i = 0; i < count; i++) {
      walk.next();
      call.weights(
          weights + walk.at(1) * bytes, bPlaces.address(bZero, walk.at(1)), bPlaces.isEach());
      call.zero(aPlaces.address(aZero, walk.at(0)), aPlaces.isEach());
      call.run(
          rows,
          a.data().address() + walk.at(0) * rows * factor.rows(),
          y.data().address() + i * ySize,
          work.data().address());
    }
  }

  /// Where the zero points of a matrix lie: one for all, or one for each row or column, of all
  /// matrices or of each.
  private record ZeroPointIndex(boolean isEach, long matrixStride) {
    /// Those of what was [MatrixShapes#check]ed.
    ///
    /// @param dims null if it is left out
    static ZeroPointIndex of(long[] dims, MatrixShapes factor, boolean left) {
      if (dims == null || MatrixShapes.isOne(dims)) {
        return new ZeroPointIndex(false, 0);
      }
      long all = left ? factor.rows() : factor.columns();
      return new ZeroPointIndex(true, dims.length == 1 ? 0 : all);
    }

    /// Whether all matrices have the same ones, each for one row or column.
    boolean isRepeated() {
      return isEach && matrixStride == 0;
    }

    long address(Value zero, long matrix) {
      return zero == null ? 0 : zero.data().address() + matrix * matrixStride;
    }
  }
}
