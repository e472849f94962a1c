package io.kioku.cell;

/// Cells that sleep, and cells without a recurrent product.
public final class OtherCells {
  static final Catalog CATALOG = new Catalog();

  private OtherCells() {}

  /// Clockwork RNN: Koutník et al., *A Clockwork RNN*, 2014, with four modules of periods 1, 2, 4
  /// and 8. A module computes at the steps that its period divides and hears itself and slower
  /// modules: what R_h has below its diagonal of blocks does not count: `h'[1, 2, 4, 8] = tanh(W_h
  /// x + R_h h + b_h)`. [Clockwork] takes other periods.
  public static final Cell CLOCKWORK = CATALOG.add(Clockwork.of(1, 2, 4, 8).cell());

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
  /// f) * z` and `h' = o * c'`. [Qrnn] takes wider ones.
  public static final Cell QRNN = CATALOG.add(new Qrnn(2).cell());

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
}
