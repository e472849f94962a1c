package io.kioku;

import io.kioku.internal.ffi.WeightFormat;

/// How the weights of a model are kept, and what they are multiplied with. Sums and gates are
/// float32 in all, and so are affine layers and what [Session#run] takes and gives; so are states,
/// but that [Backend#ONEDNN] rounds `h` as it is multiplied.
///
/// Less than [#F32] needs a cell that [Backend#LIBKIOKU] has a kernel for: LSTM with peepholes,
/// projection or coupled gates, GRU in both forms, RNN. Large batches may be computed on
/// [Backend#ONEDNN] instead: those of LSTM without projection, GRU and RNN in [#BF16]; those of
/// LSTM and GRU with the reset before the product in [#INT8] with a [Calibration].
public enum Precision {
  /// Weights as they are.
  F32(WeightFormat.F32),
  /// Weights, `x` and `h` are rounded to bfloat16 where they are multiplied: half the memory, and
  /// errors of some 1e-3 in the states.
  BF16(WeightFormat.BF16),
  /// Weights are 8-bit integers with a scale for each row, `x` and `h` likewise with a scale for
  /// each stream and step, which follows from their largest value: a quarter of the memory, and
  /// errors of some 1e-2. A stream whose `x` holds a NaN or an infinity becomes NaN.
  INT8(WeightFormat.INT8);

  private final WeightFormat format;

  Precision(WeightFormat format) {
    this.format = format;
  }

  WeightFormat format() {
    return format;
  }
}
