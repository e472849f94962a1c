package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;

/// How weights are kept and what they are multiplied with: `kioku_precision`, which says what is
/// rounded.
public enum WeightFormat {
  F32(OnednnType.F32, OnednnType.F32),
  BF16(OnednnType.BF16, OnednnType.BF16),
  INT8(OnednnType.U8, OnednnType.S8);

  private final OnednnType valueType;
  private final OnednnType weightType;

  WeightFormat(OnednnType valueType, OnednnType weightType) {
    this.valueType = valueType;
    this.weightType = weightType;
  }

  /// In what oneDNN's primitives take `x` and `h`, and give `h`.
  public OnednnType valueType() {
    return valueType;
  }

  /// In what they take weights.
  public OnednnType weightType() {
    return weightType;
  }

  /// Asked for when libkioku is there: formats have names without it.
  int code() {
    return switch (this) {
      case F32 -> kioku_h.KIOKU_F32();
      case BF16 -> kioku_h.KIOKU_BF16();
      case INT8 -> kioku_h.KIOKU_INT8();
    };
  }
}
