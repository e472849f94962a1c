package io.kioku.internal.onnx.op.reduce;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Reads elements of any type that lie in equal distances.
final class Elements {
  /// The key of a real number that is none.
  static final long NAN = Long.MAX_VALUE;

  private Elements() {}

  /// As real numbers.
  static void reals(Value from, long first, long stride, int count, double[] to) {
    MemorySegment data = from.data();
    switch (from.storage()) {
      case FLOAT -> {
        for (int i = 0; i < count; i++) {
          to[i] = data.getAtIndex(ValueLayout.JAVA_FLOAT, first + i * stride);
        }
      }
      case DOUBLE -> {
        for (int i = 0; i < count; i++) {
          to[i] = data.getAtIndex(ValueLayout.JAVA_DOUBLE, first + i * stride);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.asDouble(first + i * stride);
        }
      }
    }
  }

  /// As integers; those of uint64 keep their bits.
  static void integers(Value from, long first, long stride, int count, long[] to) {
    for (int i = 0; i < count; i++) {
      to[i] = from.asLong(first + i * stride);
    }
  }

  /// As integers that are in the same order; NaN is greater than all.
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
