package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;

/// What elements are: `kioku_type`.
public enum KiokuType {
  F32(kioku_h.KIOKU_TYPE_F32()),
  F64(kioku_h.KIOKU_TYPE_F64()),
  S8(kioku_h.KIOKU_TYPE_S8()),
  U8(kioku_h.KIOKU_TYPE_U8()),
  S16(kioku_h.KIOKU_TYPE_S16()),
  U16(kioku_h.KIOKU_TYPE_U16()),
  S32(kioku_h.KIOKU_TYPE_S32()),
  U32(kioku_h.KIOKU_TYPE_U32()),
  S64(kioku_h.KIOKU_TYPE_S64()),
  U64(kioku_h.KIOKU_TYPE_U64()),
  BOOL(kioku_h.KIOKU_TYPE_BOOL());

  private final int code;

  KiokuType(int code) {
    this.code = code;
  }

  long code() {
    return code;
  }
}
