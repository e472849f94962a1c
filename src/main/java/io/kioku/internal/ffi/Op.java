package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;

/// What an instruction of an element-wise program computes: `kioku_op`.
public enum Op {
  FILL(kioku_h.KIOKU_OP_FILL()),
  COPY(kioku_h.KIOKU_OP_COPY()),
  ADD(kioku_h.KIOKU_OP_ADD()),
  SUB(kioku_h.KIOKU_OP_SUB()),
  MUL(kioku_h.KIOKU_OP_MUL()),
  MULADD(kioku_h.KIOKU_OP_MULADD()),
  AFFINE(kioku_h.KIOKU_OP_AFFINE()),
  MAX(kioku_h.KIOKU_OP_MAX()),
  MIN(kioku_h.KIOKU_OP_MIN()),
  RELU(kioku_h.KIOKU_OP_RELU()),
  SIGMOID(kioku_h.KIOKU_OP_SIGMOID()),
  TANH(kioku_h.KIOKU_OP_TANH()),
  EXP(kioku_h.KIOKU_OP_EXP()),
  LOG(kioku_h.KIOKU_OP_LOG()),
  DIV(kioku_h.KIOKU_OP_DIV()),
  STEP(kioku_h.KIOKU_OP_STEP()),
  SPREAD(kioku_h.KIOKU_OP_SPREAD()),
  FLOOR(kioku_h.KIOKU_OP_FLOOR()),
  ERF(kioku_h.KIOKU_OP_ERF()),
  LOAD(kioku_h.KIOKU_OP_LOAD()),
  STORE(kioku_h.KIOKU_OP_STORE()),
  NORM(kioku_h.KIOKU_OP_NORM()),
  LSTM(kioku_h.KIOKU_OP_LSTM()),
  LSTM_PEEPHOLE(kioku_h.KIOKU_OP_LSTM_PEEPHOLE()),
  CIFG(kioku_h.KIOKU_OP_CIFG()),
  CIFG_PEEPHOLE(kioku_h.KIOKU_OP_CIFG_PEEPHOLE()),
  GRU(kioku_h.KIOKU_OP_GRU());

  private final int code;

  Op(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /// How many of the arguments a, b and c an element-wise instruction reads.
  ///
  /// @throws IllegalArgumentException for the others
  public int arity() {
    return switch (this) {
      case FILL -> 0;
      case COPY, AFFINE, RELU, SIGMOID, TANH, EXP, LOG, STEP, SPREAD, FLOOR, ERF -> 1;
      case ADD, SUB, MUL, MAX, MIN, DIV -> 2;
      case MULADD -> 3;
      case LOAD, STORE, NORM, LSTM, LSTM_PEEPHOLE, CIFG, CIFG_PEEPHOLE, GRU ->
          throw new IllegalArgumentException(this + " is no element-wise instruction");
    };
  }
}
