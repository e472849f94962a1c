package io.kioku.format;

import java.util.Locale;
import java.util.Optional;

/// The element types of arrays in files, by ONNX's names.
///
/// Source: `TensorProto.DataType` of the [ONNX
/// specification](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
public enum ElementType {
  /// IEEE 754 binary32.
  FLOAT(1, 4, Kind.REAL),
  UINT8(2, 1, Kind.UNSIGNED),
  INT8(3, 1, Kind.SIGNED),
  UINT16(4, 2, Kind.UNSIGNED),
  INT16(5, 2, Kind.SIGNED),
  INT32(6, 4, Kind.SIGNED),
  INT64(7, 8, Kind.SIGNED),
  /// One byte, 0 or 1.
  BOOL(9, 1, Kind.BOOL),
  /// IEEE 754 binary16.
  FLOAT16(10, 2, Kind.REAL),
  /// IEEE 754 binary64.
  DOUBLE(11, 8, Kind.REAL),
  UINT32(12, 4, Kind.UNSIGNED),
  UINT64(13, 8, Kind.UNSIGNED),
  /// The upper half of a binary32.
  BFLOAT16(16, 2, Kind.REAL);

  private enum Kind {
    REAL,
    SIGNED,
    UNSIGNED,
    BOOL
  }

  private final int code;
  private final int bytes;
  private final Kind kind;

  ElementType(int code, int bytes, Kind kind) {
    this.code = code;
    this.bytes = bytes;
    this.kind = kind;
  }

  /// The type of an ONNX code, if it is one of these.
  public static Optional<ElementType> ofCode(int code) {
    for (ElementType type : values()) {
      if (type.code == code) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /// ONNX's number for the type.
  public int code() {
    return code;
  }

  /// The size of one element in a file, in bytes.
  public int bytes() {
    return bytes;
  }

  /// Whether it is a floating-point type.
  public boolean isReal() {
    return kind == Kind.REAL;
  }

  /// Whether it is an integer type; [#BOOL] is none.
  public boolean isInteger() {
    return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
  }

  /// Whether it is an unsigned integer type.
  public boolean isUnsigned() {
    return kind == Kind.UNSIGNED;
  }

  /// The type whose memory holds values of this one while they are computed with: the 16-bit floats
  /// are float32 then, all others themselves.
  public ElementType storage() {
    return this == FLOAT16 || this == BFLOAT16 ? FLOAT : this;
  }

  /// The name in lower case, as in `float16`.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
