package io.kioku.cell;

/// The family of the gated recurrent unit: one state, the output h. The GRU itself, in both forms,
/// is in [Cells].
public final class GruCells {
  static final Catalog CATALOG = new Catalog();

  private GruCells() {}

  /// Minimal gated unit: Zhou et al., *Minimal Gated Unit for Recurrent Neural Networks*, 2016. One
  /// gate f, which forgets and resets; candidate n.
  ///
  /// {@snippet class=GruCells region=MGU}
  public static final Cell MGU =
      CATALOG.add(
          "MGU",
          // @start region="MGU"
          """
          # Zhou et al. 2016: minimal gated unit
          f  = sigmoid(W_f x + R_f h + b_f)
          n  = tanh(W_n x + R_n (f * h) + b_n)
          h' = (1 - f) * h + f * n
          """);

  // @end

  /// [Cells#GRU] with a rectified candidate: Keras' `GRU(activation="relu")`.
  ///
  /// {@snippet class=GruCells region=GRU_RELU}
  public static final Cell GRU_RELU =
      CATALOG.add(
          "GRU_RELU",
          // @start region="GRU_RELU"
          """
          # Cho et al. 2014, with the reset gate behind the product and a rectified candidate
          r  = sigmoid(W_r x + R_r h + b_r)
          z  = sigmoid(W_z x + R_z h + b_z)
          n  = relu(W_n x + b_n + r * (R_n h + d_n))
          h' = (1 - z) * n + z * h
          """);

  // @end

  /// [Cells#GRU_RESET_BEFORE] with a rectified candidate: Valin, *A Hybrid DSP/Deep Learning
  /// Approach to Real-Time Full-Band Speech Enhancement*, 2018 (RNNoise); Keras' with
  /// `reset_after=False`.
  ///
  /// {@snippet class=GruCells region=GRU_RELU_RESET_BEFORE}
  public static final Cell GRU_RELU_RESET_BEFORE =
      CATALOG.add(
          "GRU_RELU_RESET_BEFORE",
          // @start region="GRU_RELU_RESET_BEFORE"
          """
          # Cho et al. 2014, with a rectified candidate as Valin 2018
          r  = sigmoid(W_r x + R_r h + b_r)
          z  = sigmoid(W_z x + R_z h + b_z)
          n  = relu(W_n x + R_n (r * h) + b_n)
          h' = (1 - z) * n + z * h
          """);

  // @end

  /// Update gate RNN: Collins, Sohl-Dickstein & Sussillo, *Capacity and Trainability in Recurrent
  /// Neural Networks*, 2016. One gate g, which keeps; candidate n.
  ///
  /// {@snippet class=GruCells region=UGRNN}
  public static final Cell UGRNN =
      CATALOG.add(
          "UGRNN",
          // @start region="UGRNN"
          """
          # Collins, Sohl-Dickstein & Sussillo 2016
          g  = sigmoid(W_g x + R_g h + b_g)
          n  = tanh(W_n x + R_n h + b_n)
          h' = g * h + (1 - g) * n
          """);

  // @end

  /// GRU with attentional update gate: Zhou et al., *Deep Interest Evolution Network for
  /// Click-Through Rate Prediction*, 2019. The score scales the update gate u, which here lets the
  /// candidate n in; reset gate r.
  ///
  /// {@snippet class=GruCells region=AUGRU}
  public static final Cell AUGRU =
      CATALOG.add(
          "AUGRU",
          // @start region="AUGRU"
          """
          # Zhou et al. 2019 (DIEN)
          r  = sigmoid(W_r x + R_r h + b_r)
          u  = sigmoid(W_u x + R_u h + b_u)
          n  = tanh(W_n x + r * (R_n h) + b_n)
          v  = score * u
          h' = (1 - v) * h + v * n
          """);

  // @end

  /// [#AUGRU] as its authors' program and oneDNN compute it: the gate u keeps the old state, a
  /// score of 1 lets none of it through, and the reset gate acts before the product.
  ///
  /// {@snippet class=GruCells region=AUGRU_RESET_BEFORE}
  public static final Cell AUGRU_RESET_BEFORE =
      CATALOG.add(
          "AUGRU_RESET_BEFORE",
          // @start region="AUGRU_RESET_BEFORE"
          """
          # Zhou et al. 2019 (DIEN), as the authors' program and oneDNN's AUGRU
          r  = sigmoid(W_r x + R_r h + b_r)
          u  = sigmoid(W_u x + R_u h + b_u)
          n  = tanh(W_n x + R_n (r * h) + b_n)
          v  = (1 - score) * u
          h' = v * h + (1 - v) * n
          """);

  // @end

  /// [#AUGRU_RESET_BEFORE] with the reset gate behind the product: what oneDNN defines as its
  /// linear-before-reset AUGRU.
  ///
  /// {@snippet class=GruCells region=AUGRU_RESET_AFTER}
  public static final Cell AUGRU_RESET_AFTER =
      CATALOG.add(
          "AUGRU_RESET_AFTER",
          // @start region="AUGRU_RESET_AFTER"
          """
          # Zhou et al. 2019 (DIEN), as oneDNN's linear-before-reset AUGRU
          r  = sigmoid(W_r x + R_r h + b_r)
          u  = sigmoid(W_u x + R_u h + b_u)
          n  = tanh(W_n x + b_n + r * (R_n h + d_n))
          v  = (1 - score) * u
          h' = v * h + (1 - v) * n
          """);

  // @end

  /// The first of the architectures that Józefowicz, Zaremba & Sutskever found in *An Empirical
  /// Exploration of Recurrent Network Architectures*, 2015. The input is added to the candidate, so
  /// I is H. Update gate z, reset gate r.
  ///
  /// {@snippet class=GruCells region=MUT1}
  public static final Cell MUT1 =
      CATALOG.add(
          "MUT1",
          // @start region="MUT1"
          """
          # Józefowicz, Zaremba & Sutskever 2015
          z  = sigmoid(W_z x + b_z)
          r  = sigmoid(W_r x + R_r h + b_r)
          h' = tanh(R_h (r * h) + tanh(x) + b_h) * z + h * (1 - z)
          """);

  // @end

  /// The second of them, see [#MUT1]; I is H.
  ///
  /// {@snippet class=GruCells region=MUT2}
  public static final Cell MUT2 =
      CATALOG.add(
          "MUT2",
          // @start region="MUT2"
          """
          # Józefowicz, Zaremba & Sutskever 2015
          z  = sigmoid(W_z x + R_z h + b_z)
          r  = sigmoid(x + R_r h + b_r)
          h' = tanh(R_h (r * h) + W_h x + b_h) * z + h * (1 - z)
          """);

  // @end

  /// The third of them, see [#MUT1]; I may differ from H.
  ///
  /// {@snippet class=GruCells region=MUT3}
  public static final Cell MUT3 =
      CATALOG.add(
          "MUT3",
          // @start region="MUT3"
          """
          # Józefowicz, Zaremba & Sutskever 2015
          z  = sigmoid(W_z x + R_z tanh(h) + b_z)
          r  = sigmoid(W_r x + R_r h + b_r)
          h' = tanh(R_h (r * h) + W_h x + b_h) * z + h * (1 - z)
          """);
  // @end
}
