package io.kioku.cell;

/// Writes simple recurrent networks with another activation and a clip, as ONNX's RNN has them.
/// Immutable.
///
/// @param activation of the sum: ONNX's f
/// @param clip the limit of the sum; infinite for none
public record Rnn(Activation activation, double clip) {
  /// @throws IllegalArgumentException if the clip is not above 0
  public Rnn {
    Lstm.checkClip(clip);
  }

  /// The cell, with the names of [Cells#RNN_TANH].
  public Cell cell() {
    return Cell.of(
        "RNN",
        "# an RNN with options\nh' = %s\n"
            .formatted(activation.applied(Lstm.clipped("W_h x + R_h h + b_h", clip))));
  }
}
