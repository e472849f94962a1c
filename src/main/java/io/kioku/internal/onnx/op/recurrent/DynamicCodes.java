package io.kioku.internal.onnx.op.recurrent;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.IntegerCodes;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;

/// Numbers that are quantized by their range.
final class DynamicCodes {
  private final Value codes;
  private final Value scale;
  private final Value zero;

  DynamicCodes(KernelContext context) {
    codes = context.scratch();
    scale = context.scratch();
    zero = context.scratch();
  }

  void prepare(long rows, long columns) {
    codes.resize(ElementType.UINT8, rows, columns);
    scale.resize(ElementType.FLOAT);
    zero.resize(ElementType.UINT8);
  }

  void quantize(long rows, long columns, long x) {
    IntegerCodes.dynamicQuantize(
        rows,
        columns,
        columns,
        x,
        codes.data().address(),
        scale.data().address(),
        zero.data().address());
  }

  /// The codes.
  MemorySegment data() {
    return codes.data();
  }

  long address() {
    return codes.data().address();
  }

  long scaleAddress() {
    return scale.data().address();
  }

  long zeroAddress() {
    return zero.data().address();
  }
}
