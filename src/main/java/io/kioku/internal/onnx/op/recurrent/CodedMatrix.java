package io.kioku.internal.onnx.op.recurrent;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.IntegerLinearCall;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.MatrixShapes;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.quantize.PackedFactor;
import java.lang.foreign.MemorySegment;

/// A matrix of codes in one context, and the products with its directions.
final class CodedMatrix {
  private final Value codes;
  private final Value scale;
  private final Value zero;
  private final MemorySegment known; // packed; null: packed at each run
  private final Value packed;
  private final Value work;
  private final IntegerLinearCall call;
  private MatrixShapes shape;

  CodedMatrix(
      KernelContext context, int threads, int codes, int scale, int zero, PackedFactor factor) {
    this.codes = context.in(codes);
    this.scale = context.in(scale);
    this.zero = context.in(zero);
    known = factor.packed();
    packed = context.scratch();
    work = context.scratch();
    call = new IntegerLinearCall(threads, context.arena());
  }

  void prepare() {
    shape = MatrixShapes.of(codes.dims(), false);
    if (known == null) {
      packed.resize(ElementType.UINT8, PackedFactor.bytes(shape));
    }
    call.sizes(shape.rows(), shape.columns(), false, codes.type() == ElementType.INT8);
    work.resize(ElementType.UINT8, call.workBytes(shape.rows()));
  }

  void pack() {
    if (known == null) {
      PackedFactor.pack(codes.type(), codes.data(), shape, packed.data());
    }
  }

  /// Chooses a direction.
  ///
  /// @param x the arguments' scale and zero point
  /// @param bias of the first row; 0 for none
  /// @param biasRow floats to that of the next
  void begin(int direction, DynamicCodes x, long bias, long biasRow) {
    long weights = (known == null ? packed.data() : known).address();
    boolean isZeroEach = zero.rank() > 1;
    boolean isScaleEach = scale.rank() > 1;
    call.weights(
        weights + direction * PackedFactor.bytesOfOne(shape),
        zero.data().address() + direction * (isZeroEach ? shape.columns() : 1),
        isZeroEach);
    call.zero(x.zeroAddress(), false);
    call.giveNumbers(
        x.scaleAddress(),
        scale.data().address() + direction * (isScaleEach ? shape.columns() : 1) * Float.BYTES,
        isScaleEach,
        bias,
        biasRow);
  }

  void run(long rows, long x, long y) {
    call.run(rows, x, y, work.data().address());
  }
}
