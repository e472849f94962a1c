package io.kioku.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/// The element types that can be read, all little-endian, and how each becomes float32. The names
/// are those that Safetensors uses. Every value of the narrow types is a float32, so nothing is
/// lost.
enum Dtype {
  /// IEEE 754 binary32.
  F32(Float.BYTES),
  /// IEEE 754 binary16.
  F16(Short.BYTES),
  /// The upper half of a binary32.
  BF16(Short.BYTES);

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
      short bits = narrow.getAtIndex(SHORT, i);
      // As an integer, so that no floating-point move can change the bits of a NaN.
      floats.setAtIndex(
          INT,
          i,
          this == BF16 ? bits << Short.SIZE : Float.floatToRawIntBits(Float.float16ToFloat(bits)));
    }
  }
}
