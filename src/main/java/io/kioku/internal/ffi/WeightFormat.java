package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;

/// How weights are kept and what they are multiplied with: `kioku_precision`, which says what is
/// rounded.
public enum WeightFormat {
  F32,
  BF16,
  INT8;

  /// Asked for when libkioku is there: formats have names without it.
  int code() {
    return switch (this) {
      case F32 -> kioku_h.KIOKU_F32();
      case BF16 -> kioku_h.KIOKU_BF16();
      case INT8 -> kioku_h.KIOKU_INT8();
    };
  }
}
