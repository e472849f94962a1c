package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.IntegerCodes;
import io.kioku.internal.ffi.KiokuType;
import io.kioku.internal.onnx.op.Value;

/// Real numbers to integer codes and back, elements side by side.
final class QuantizedCodes {
  private QuantizedCodes() {}

  private static KiokuType type(ElementType type) {
    return switch (type.storage()) {
      case UINT8 -> KiokuType.U8;
      case INT8 -> KiokuType.S8;
      case UINT16 -> KiokuType.U16;
      case INT16 -> KiokuType.S16;
      case INT32 -> KiokuType.S32;
      case FLOAT -> KiokuType.F32;
      default -> throw new IllegalArgumentException(type.toString());
    };
  }

  private static long at(Value value, long element) {
    return value == null ? 0 : value.data().address() + element * value.storage().bytes();
  }

  /// `y = saturate(round(x / scale) + zero)`, ties to even. A NaN has the zero point's code.
  ///
  /// @param index of the first element's scale and zero point
  /// @param step from those of an element to those of the next: 0 or 1
  /// @param zero null for 0
  static void quantize(
      Value x, Value y, long from, long count, Value scale, Value zero, long index, long step) {
    IntegerCodes.quantize(
        type(x.type()),
        type(y.type()),
        count,
        at(x, from),
        step,
        at(scale, index),
        at(zero, index),
        at(y, from));
  }

  /// `y = (x - zero) * scale`, as [#quantize].
  static void dequantize(
      Value x, Value y, long from, long count, Value scale, Value zero, long index, long step) {
    IntegerCodes.dequantize(
        type(x.type()), count, at(x, from), step, at(scale, index), at(zero, index), at(y, from));
  }
}
