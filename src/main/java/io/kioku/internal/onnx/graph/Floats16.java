package io.kioku.internal.onnx.graph;

import io.kioku.format.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// 16-bit floats to float32 and back, rounding to the nearest, ties to even.
public final class Floats16 {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Floats16() {}

  /// Widens all of `narrow`, elements of a 16-bit type.
  public static void widen(ElementType type, MemorySegment narrow, MemorySegment floats) {
    long count = floats.byteSize() / Float.BYTES;
    for (long i = 0; i < count; i++) {
      short bits = narrow.getAtIndex(SHORT, i);
      float value =
          type == ElementType.BFLOAT16
              ? Float.intBitsToFloat(bits << Short.SIZE)
              : Float.float16ToFloat(bits);
      floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }
  }

  /// Narrows all of `floats` to a 16-bit type.
  public static void narrow(ElementType type, MemorySegment floats, MemorySegment narrow) {
    long count = floats.byteSize() / Float.BYTES;
    for (long i = 0; i < count; i++) {
      float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      narrow.setAtIndex(
          SHORT, i, type == ElementType.BFLOAT16 ? bfloat16(value) : Float.floatToFloat16(value));
    }
  }

  /// A value rounded to what a type can hold, as float32; itself for a type that is not 16-bit.
  public static float round(ElementType type, float value) {
    return switch (type) {
      case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(value));
      case BFLOAT16 -> Float.intBitsToFloat(bfloat16(value) << Short.SIZE);
      default -> value;
    };
  }

  private static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> Short.SIZE) | 0x40); // stays a NaN
    }
    return (short) ((bits + 0x7FFF + ((bits >>> Short.SIZE) & 1)) >>> Short.SIZE);
  }
}
