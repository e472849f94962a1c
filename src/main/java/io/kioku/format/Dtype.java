package io.kioku.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/// The element types that can be read, all little-endian, and how each becomes float32. The names
/// are those that Safetensors uses. Every value of the narrow types is a float32, so nothing is
/// lost when it is read.
enum Dtype {
  /// IEEE 754 binary32.
  F32(Float.BYTES),
  /// IEEE 754 binary16.
  F16(Short.BYTES),
  /// The upper half of a binary32.
  BF16(Short.BYTES),
  /// Integers from -128 to 127.
  I8(Byte.BYTES);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bytes;

  Dtype(int bytes) {
    this.bytes = bytes;
  }

  /// Finds a type by its name in a file.
  static Optional<Dtype> named(String name) {
    for (Dtype dtype : values()) {
      if (dtype.name().equals(name)) {
        return Optional.of(dtype);
      }
    }
    return Optional.empty();
  }

  /// Returns the size of one element in bytes.
  int bytes() {
    return bytes;
  }

  /// Converts in place the elements at the end of a segment to floats that fill all of it. Reading
  /// runs ahead of writing: before element `i` of `n`, `2 i` bytes are free for each `4 i` written.
  void widen(MemorySegment floats) {
    if (this == F32) {
      return;
    }
    long n = floats.byteSize() / Float.BYTES;
    MemorySegment narrow = floats.asSlice(floats.byteSize() - n * bytes);
    for (long i = 0; i < n; i++) {
      // As an integer, so that no floating-point move can change the bits of a NaN.
      floats.setAtIndex(INT, i, widened(narrow, i));
    }
  }

  private int widened(MemorySegment narrow, long i) {
    return switch (this) {
      case F32 -> narrow.getAtIndex(INT, i);
      case BF16 -> narrow.getAtIndex(SHORT, i) << Short.SIZE;
      case F16 -> Float.floatToRawIntBits(Float.float16ToFloat(narrow.getAtIndex(SHORT, i)));
      case I8 -> Float.floatToRawIntBits(narrow.get(ValueLayout.JAVA_BYTE, i));
    };
  }

  /// The elements nearest to floats, ties to even.
  MemorySegment narrow(MemorySegment floats) {
    if (this == F32) {
      return floats;
    }
    long n = floats.byteSize() / Float.BYTES;
    MemorySegment narrow = Tensor.allocate(Math.ceilDiv(n * bytes, (long) Float.BYTES));
    for (long i = 0; i < n; i++) {
      int bits = floats.getAtIndex(INT, i);
      float value = Float.intBitsToFloat(bits);
      switch (this) {
        case BF16 -> narrow.setAtIndex(SHORT, i, upperHalf(bits));
        case F16 -> narrow.setAtIndex(SHORT, i, Float.floatToFloat16(value));
        default -> narrow.set(ValueLayout.JAVA_BYTE, i, (byte) Math.rint(value));
      }
    }
    return narrow.asSlice(0, n * bytes);
  }

  private static short upperHalf(int bits) {
    boolean isNaN = (bits & Integer.MAX_VALUE) > 0x7f800000;
    int rounded = bits + 0x7fff + (bits >>> Short.SIZE & 1);
    return (short) (isNaN ? bits >>> Short.SIZE | 0x40 : rounded >>> Short.SIZE);
  }
}
