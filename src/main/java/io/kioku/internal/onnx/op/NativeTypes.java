package io.kioku.internal.onnx.op;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.KiokuType;

/// What libkioku calls the types of elements.
public final class NativeTypes {
  private NativeTypes() {}

  /// What lies in memory: 16-bit floats do as float32.
  public static KiokuType of(ElementType type) {
    return switch (type) {
      case FLOAT, FLOAT16, BFLOAT16 -> KiokuType.F32;
      case DOUBLE -> KiokuType.F64;
      case INT8 -> KiokuType.S8;
      case UINT8 -> KiokuType.U8;
      case INT16 -> KiokuType.S16;
      case UINT16 -> KiokuType.U16;
      case INT32 -> KiokuType.S32;
      case UINT32 -> KiokuType.U32;
      case INT64 -> KiokuType.S64;
      case UINT64 -> KiokuType.U64;
      case BOOL -> KiokuType.BOOL;
    };
  }
}
