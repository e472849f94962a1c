package io.kioku.internal.ffi;

import io.kioku.bindings.onednn.dnnl_h;

/// The types of numbers in oneDNN's memory.
public enum OnednnType {
  F32(4),
  BF16(2),
  U8(1),
  S8(1),
  S32(4);

  private final int bytes;

  OnednnType(int bytes) {
    this.bytes = bytes;
  }

  /// Bytes of one number.
  public int bytes() {
    return bytes;
  }

  int code() {
    return switch (this) {
      case F32 -> dnnl_h.dnnl_f32();
      case BF16 -> dnnl_h.dnnl_bf16();
      case U8 -> dnnl_h.dnnl_u8();
      case S8 -> dnnl_h.dnnl_s8();
      case S32 -> dnnl_h.dnnl_s32();
    };
  }
}
