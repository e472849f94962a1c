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
///
/// The errors of a state against [#F32], the root of the mean square and the largest, of two layers
/// after 1 to 50 steps of normally distributed input, H = 64 and 256. Ordinary weights are as
/// PyTorch begins with, uniform within 1 / √H; trained ones are larger, here 2.5 times:
///
/// | | ordinary, [#BF16] | ordinary, [#INT8] | 2.5 times, [#BF16] | 2.5 times, [#INT8] |
/// |---|---|---|---|---|
/// | LSTM, `h` | 3e-4, 3e-3 | 9e-4, 1e-2 | 8e-4, 1e-2 | 2e-3, 5e-2 |
/// | LSTM, `c` | 5e-4, 5e-3 | 2e-3, 2e-2 | 2e-3, 2e-2 | 5e-3, 6e-2 |
/// | LSTM with a projection, `c` | 5e-4, 5e-3 | 2e-3, 2e-2 | 2e-3, 3e-2 | 8e-3, 8e-2 |
/// | GRU, `h` | 6e-4, 4e-3 | 2e-3, 2e-2 | 2e-3, 2e-2 | 6e-3, 5e-2 |
/// | RNN with tanh, `h` | 1e-3, 7e-3 | 4e-3, 3e-2 | 5e-3, 5e-2 | 1e-2, 2e-1 |
public enum Precision {
  /// Weights as they are.
  F32(WeightFormat.F32),
  /// Weights, `x` and `h` are rounded to bfloat16 where they are multiplied: half the memory.
  BF16(WeightFormat.BF16),
  /// Weights are 8-bit integers with a scale for each row, `x` and `h` likewise with a scale for
  /// each stream and step, which follows from their largest value: a quarter of the memory. A
  /// stream whose `x` holds a NaN or an infinity becomes NaN.
  INT8(WeightFormat.INT8);

  private final WeightFormat format;

  Precision(WeightFormat format) {
    this.format = format;
  }

  WeightFormat format() {
    return format;
  }
}
