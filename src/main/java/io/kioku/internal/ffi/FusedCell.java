package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;

/// A cell with kernels of its own: `kioku_fused_cell`, which says the order of gates and vectors.
public enum FusedCell {
  LSTM(kioku_h.KIOKU_FUSED_LSTM()),
  LSTM_PEEPHOLE(kioku_h.KIOKU_FUSED_LSTM_PEEPHOLE()),
  CIFG(kioku_h.KIOKU_FUSED_CIFG()),
  CIFG_PEEPHOLE(kioku_h.KIOKU_FUSED_CIFG_PEEPHOLE()),
  GRU(kioku_h.KIOKU_FUSED_GRU()),
  GRU_RESET_BEFORE(kioku_h.KIOKU_FUSED_GRU_RESET_BEFORE()),
  RNN_TANH(kioku_h.KIOKU_FUSED_RNN_TANH()),
  RNN_RELU(kioku_h.KIOKU_FUSED_RNN_RELU());

  private final int code;

  FusedCell(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
