package io.kioku.cell;

/// Writes quasi-recurrent networks with fo-pooling and a convolution over some steps: Bradbury et
/// al., *Quasi-Recurrent Neural Networks*, 2016. Immutable; see [OtherCells#QRNN].
///
/// The matrices W_* multiply the input, V_* that of the step before, V2_* that of the step before
/// it, and so on; those inputs are the states p, p2, …
///
/// @param window the steps of the convolution: 1 to 64
public record Qrnn(int window) {
  private static final int MAX_WINDOW = 64;

  /// @throws IllegalArgumentException if the window is none
  public Qrnn {
    if (window < 1 || window > MAX_WINDOW) {
      throw new IllegalArgumentException(
          "window is %d, expected 1 to %d".formatted(window, MAX_WINDOW));
    }
  }

  /// The cell.
  public Cell cell() {
    StringBuilder text = new StringBuilder("# Bradbury et al. 2016: fo-pooling\n");
    for (String gate : new String[] {"z", "f", "o"}) {
      text.append("%s  = %s(W_%s x".formatted(gate, gate.equals("z") ? "tanh" : "sigmoid", gate));
      for (int late = 1; late < window; late++) {
        text.append(" + V%s_%s %s".formatted(late == 1 ? "" : late, gate, past(late)));
      }
      text.append(" + b_%s)\n".formatted(gate));
    }
    for (int late = 1; late < window; late++) {
      text.append("%s' = %s\n".formatted(past(late), late == 1 ? "x" : past(late - 1)));
    }
    return Cell.of("QRNN", text + "c' = f * c + (1 - f) * z\nh' = o * c'\n");
  }

  /// The state that is the input of some steps ago.
  private static String past(int late) {
    return "p" + (late == 1 ? "" : late);
  }
}
