package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Reads elements of any type.
final class ElementReader {
  /// The key of a real number that is none.
  static final long NAN = Long.MAX_VALUE;

  private ElementReader() {}

  /// Reads elements that lie side by side as real numbers.
  ///
  /// @param floats takes them on their way: what lies in arrays is widened several at a time
  static void reals(Value from, long first, int count, float[] floats, double[] to) {
    MemorySegment data = from.data();
    switch (from.storage()) {
      case FLOAT -> {
        MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, first * Float.BYTES, floats, 0, count);
        for (int i = 0; i < count; i++) {
          to[i] = floats[i];
        }
      }
      case DOUBLE ->
          MemorySegment.copy(data, ValueLayout.JAVA_DOUBLE, first * Double.BYTES, to, 0, count);
      default -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.asDouble(first + i);
        }
      }
    }
  }

  /// Reads elements in equal distances as integers; those of uint64 keep their bits.
  static void integers(Value from, long first, long stride, int count, long[] to) {
    if (stride == 1 && (from.type() == ElementType.INT64 || from.type() == ElementType.UINT64)) {
      MemorySegment.copy(from.data(), ValueLayout.JAVA_LONG, first * Long.BYTES, to, 0, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      to[i] = from.asLong(first + i * stride);
    }
  }

  /// Reads elements in equal distances as integers that are in the same order; NaN is greater than
  /// all.
  static void keys(Value from, long first, long stride, int count, long[] to) {
    MemorySegment data = from.data();
    switch (from.type()) {
      case FLOAT, FLOAT16, BFLOAT16 -> {
        for (int i = 0; i < count; i++) {
          to[i] = key(data.getAtIndex(ValueLayout.JAVA_FLOAT, first + i * stride));
        }
      }
      case DOUBLE -> {
        for (int i = 0; i < count; i++) {
          to[i] = key(data.getAtIndex(ValueLayout.JAVA_DOUBLE, first + i * stride));
        }
      }
      case UINT64 -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.asLong(first + i * stride) ^ Long.MIN_VALUE;
        }
      }
      default -> integers(from, first, stride, count, to);
    }
  }

  private static long key(float value) {
    int bits = Float.floatToRawIntBits(value + 0.0f); // one zero
    return Float.isNaN(value) ? NAN : bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }

  private static long key(double value) {
    if (Double.isNaN(value)) {
      return NAN;
    }
    long bits = Double.doubleToRawLongBits(value + 0.0); // one zero
    return bits ^ ((bits >> 63) & Long.MAX_VALUE);
  }

  /// The integer that a key stands for.
  static long ofKey(ElementType type, long key) {
    return type == ElementType.UINT64 ? key ^ Long.MIN_VALUE : key;
  }

  /// The key of the least integer of a type.
  static long leastKey(ElementType type) {
    return type == ElementType.BOOL || (type.isUnsigned() && type != ElementType.UINT64)
        ? 0
        : Long.MIN_VALUE >> (Long.SIZE - Byte.SIZE * type.bytes());
  }

  /// The key of the greatest integer of a type.
  static long greatestKey(ElementType type) {
    if (type == ElementType.BOOL) {
      return 1;
    }
    long values = -1L >>> (Long.SIZE - Byte.SIZE * type.bytes());
    return values + leastKey(type);
  }
}
