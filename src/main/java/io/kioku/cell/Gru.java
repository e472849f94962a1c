package io.kioku.cell;

/// Writes gated recurrent units with other activations and a clip, as ONNX's GRU has them.
/// Immutable.
///
///     Cell cell = new Gru(true, Activation.of("HardSigmoid"), Activation.TANH, 5).cell();
///
/// Gates and parameters are named as in [Cells#GRU] and [Cells#GRU_RESET_BEFORE].
///
/// @param linearBeforeReset whether the reset gate stands behind the recurrent product
/// @param gate of r and z: ONNX's f
/// @param candidate of n: ONNX's g
/// @param clip the limit of every sum that enters an activation; infinite for none
public record Gru(boolean linearBeforeReset, Activation gate, Activation candidate, double clip) {
  /// @throws IllegalArgumentException if the clip is not above 0
  public Gru {
    Lstm.checkClip(clip);
  }

  /// The cell.
  public Cell cell() {
    String candidateSum =
        linearBeforeReset ? "W_n x + b_n + r * (R_n h + d_n)" : "W_n x + R_n (r * h) + b_n";
    String text =
        """
        # a GRU with options
        r  = %s
        z  = %s
        n  = %s
        h' = (1 - z) * n + z * h
        """
            .formatted(
                gate.applied(Lstm.clipped("W_r x + R_r h + b_r", clip)),
                gate.applied(Lstm.clipped("W_z x + R_z h + b_z", clip)),
                candidate.applied(Lstm.clipped(candidateSum, clip)));
    return Cell.of(linearBeforeReset ? "GRU" : "GRU_RESET_BEFORE", text);
  }
}
