package io.kioku.cell;

/// Cells that sleep, and cells without a recurrent product.
public final class OtherCells {
  static final Catalog CATALOG = new Catalog();

  private OtherCells() {}

  /// Clockwork RNN: Koutník et al., *A Clockwork RNN*, 2014, with four modules of periods 1, 2, 4
  /// and 8. A module computes at the steps that its period divides and hears itself and slower
  /// modules: what R_h has below its diagonal of blocks does not count: `h'[1, 2, 4, 8] = tanh(W_h
  /// x + R_h h + b_h)`. [#clockwork] takes other periods.
  public static final Cell CLOCKWORK = CATALOG.add("CLOCKWORK", clockworkText(1, 2, 4, 8));

  /// Simple recurrent unit: Lei et al., *Simple Recurrent Units for Highly Parallelizable
  /// Recurrence*, 2018. Forget gate f, reset gate r with peepholes v_*; the input is let past, so I
  /// is H.
  ///
  /// {@snippet class=OtherCells region=SRU}
  public static final Cell SRU =
      CATALOG.add(
          "SRU",
          // @start region="SRU"
          """
          # Lei et al. 2018
          f  = sigmoid(W_f x + v_f * c + b_f)
          r  = sigmoid(W_r x + v_r * c + b_r)
          c' = f * c + (1 - f) * (W_c x)
          h' = r * c' + (1 - r) * x
          """);

  // @end

  /// Quasi-recurrent network with fo-pooling: Bradbury et al., *Quasi-Recurrent Neural Networks*,
  /// 2016, with a convolution over two steps. The state p is the input of the step before, `p' =
  /// x`; `z = tanh(W_z x + V_z p + b_z)`, gates f and o likewise with sigmoid, `c' = f * c + (1 -
  /// f) * z` and `h' = o * c'`. [#qrnn] takes wider ones.
  public static final Cell QRNN = CATALOG.add("QRNN", qrnnText(2));

  /// Independently recurrent network: Li et al., *Independently Recurrent Neural Network (IndRNN)*,
  /// 2018. Each unit hears its own past only.
  ///
  /// {@snippet class=OtherCells region=INDRNN}
  public static final Cell INDRNN =
      CATALOG.add(
          "INDRNN",
          // @start region="INDRNN"
          """
          # Li et al. 2018
          h' = relu(W_h x + u_h * h + b_h)
          """);

  // @end

  /// [#CLOCKWORK] with periods of choice.
  ///
  /// @param periods one for each module, rising; their number must divide H
  /// @throws EquationException if they are none or do not rise
  public static Cell clockwork(int... periods) {
    return Cell.of("CLOCKWORK", clockworkText(periods));
  }

  private static String clockworkText(int... periods) {
    return "# Koutník et al. 2014\nh'%s = tanh(W_h x + R_h h + b_h)\n"
        .formatted(java.util.Arrays.toString(periods));
  }

  /// [#QRNN] with a convolution over some steps.
  ///
  /// @param window at least 1, at most 64
  /// @throws IllegalArgumentException if it is not
  public static Cell qrnn(int window) {
    if (window < 1 || window > 64) {
      throw new IllegalArgumentException("window is %d, expected 1 to 64".formatted(window));
    }
    return Cell.of("QRNN", qrnnText(window));
  }

  private static String qrnnText(int window) {
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
    return text + "c' = f * c + (1 - f) * z\nh' = o * c'\n";
  }

  /// The state that is the input of some steps ago.
  private static String past(int late) {
    return "p" + (late == 1 ? "" : late);
  }
}
