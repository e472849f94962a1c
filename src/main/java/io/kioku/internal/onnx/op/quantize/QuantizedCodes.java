package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Value;

/// Real numbers to integer codes and back.
final class QuantizedCodes {
  private QuantizedCodes() {}

  static long smallest(ElementType type) {
    return switch (type) {
      case INT8 -> Byte.MIN_VALUE;
      case INT16 -> Short.MIN_VALUE;
      case INT32 -> Integer.MIN_VALUE;
      default -> 0;
    };
  }

  static long largest(ElementType type) {
    return switch (type) {
      case INT8 -> Byte.MAX_VALUE;
      case UINT8 -> 0xFF;
      case INT16 -> Short.MAX_VALUE;
      case UINT16 -> 0xFFFF;
      default -> Integer.MAX_VALUE;
    };
  }

  /// The code of a number that is divided by its scale: rounded, ties to even, and kept within the
  /// type. A NaN has the zero point's code.
  static long code(float scaled, long zero, long smallest, long largest) {
    return Math.clamp((long) Math.rint((double) scaled) + zero, smallest, largest);
  }

  /// `y = saturate(round(x / scale) + zero)`.
  static void quantize(Value x, Value y, long from, long to, float scale, long zero) {
    long smallest = smallest(y.type());
    long largest = largest(y.type());
    boolean real = x.type().isReal();
    for (long i = from; i < to; i++) {
      float value = real ? x.f32(i) : (float) x.asLong(i);
      y.setLong(i, code(value / scale, zero, smallest, largest));
    }
  }

  /// `y = (x - zero) * scale`.
  static void dequantize(Value x, Value y, long from, long to, float scale, long zero) {
    for (long i = from; i < to; i++) {
      y.f32(i, (float) (x.asLong(i) - zero) * scale);
    }
  }
}
