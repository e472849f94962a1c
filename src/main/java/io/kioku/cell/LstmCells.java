package io.kioku.cell;

/// The family of the LSTM. Where nothing else is said, gates are input i, forget f, candidate g and
/// output o, and the states are the output h and the memory c. [Lstm] writes any combination of
/// peepholes, coupling, projection and activations.
public final class LstmCells {
  static final Catalog CATALOG = new Catalog();

  private LstmCells() {}

  /// LSTM whose gates look at the memory: Gers & Schmidhuber, *Recurrent Nets that Time and Count*,
  /// 2000, in the form of Graves 2013. Peepholes p_i, p_f, p_o are vectors; the output gate looks
  /// at the new memory.
  ///
  /// {@snippet class=LstmCells region=LSTM_PEEPHOLE}
  public static final Cell LSTM_PEEPHOLE =
      CATALOG.add(
          "LSTM_PEEPHOLE",
          // @start region="LSTM_PEEPHOLE"
          """
          # Gers & Schmidhuber 2000
          i  = sigmoid(W_i x + R_i h + p_i * c + b_i)
          f  = sigmoid(W_f x + R_f h + p_f * c + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + p_o * c' + b_o)
          c' = f * c + i * g
          h' = o * tanh(c')
          """);

  // @end

  /// Coupled input and forget gate: Greff et al., *LSTM: A Search Space Odyssey*, 2015. The input
  /// gate is 1 - f.
  ///
  /// {@snippet class=LstmCells region=CIFG}
  public static final Cell CIFG =
      CATALOG.add(
          "CIFG",
          // @start region="CIFG"
          """
          # Greff et al. 2015: coupled input and forget gate
          f  = sigmoid(W_f x + R_f h + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + b_o)
          c' = f * c + (1 - f) * g
          h' = o * tanh(c')
          """);

  // @end

  /// [#CIFG] with peepholes, as in the paper.
  ///
  /// {@snippet class=LstmCells region=CIFG_PEEPHOLE}
  public static final Cell CIFG_PEEPHOLE =
      CATALOG.add(
          "CIFG_PEEPHOLE",
          // @start region="CIFG_PEEPHOLE"
          """
          # Greff et al. 2015: coupled input and forget gate, with peepholes
          f  = sigmoid(W_f x + R_f h + p_f * c + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + p_o * c' + b_o)
          c' = f * c + (1 - f) * g
          h' = o * tanh(c')
          """);

  // @end

  /// LSTM with a recurrent projection: Sak, Senior & Beaufays, *Long Short-Term Memory Based
  /// Recurrent Neural Network Architectures*, 2014. The output h has P elements, the memory c has
  /// H. PyTorch's `nn.LSTM` with `proj_size`.
  ///
  /// {@snippet class=LstmCells region=LSTMP}
  public static final Cell LSTMP =
      CATALOG.add(
          "LSTMP",
          // @start region="LSTMP"
          """
          # Sak, Senior & Beaufays 2014
          i  = sigmoid(W_i x + R_i h + b_i)
          f  = sigmoid(W_f x + R_f h + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + b_o)
          c' = f * c + i * g
          h' = P_h (o * tanh(c'))
          """);

  // @end

  /// [#LSTMP] with peepholes, as in the paper.
  ///
  /// {@snippet class=LstmCells region=LSTMP_PEEPHOLE}
  public static final Cell LSTMP_PEEPHOLE =
      CATALOG.add(
          "LSTMP_PEEPHOLE",
          // @start region="LSTMP_PEEPHOLE"
          """
          # Sak, Senior & Beaufays 2014, with peepholes
          i  = sigmoid(W_i x + R_i h + p_i * c + b_i)
          f  = sigmoid(W_f x + R_f h + p_f * c + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + p_o * c' + b_o)
          c' = f * c + i * g
          h' = P_h (o * tanh(c'))
          """);

  // @end

  /// LSTM with a time gate: Neil, Pfeiffer & Liu, *Phased LSTM: Accelerating Recurrent Network
  /// Training for Long or Event-based Sequences*, 2016. The score is the time of the step, in the
  /// unit of the periods. Each unit has a period tau_k, a shift s_k and the part r_on of its
  /// period, above 0, during which the gate k opens and closes; else it lets a thousandth of the
  /// phase phi through, the paper's leak, or another part: [Lstm#phased]. As in TensorFlow's
  /// `PhasedLSTMCell` the output and its peephole read the memory m before the gate.
  ///
  /// A float32 counts whole numbers up to 2^24 exactly, so times should begin near 0.
  ///
  /// {@snippet class=LstmCells region=PHASED_LSTM}
  public static final Cell PHASED_LSTM =
      CATALOG.add(
          "PHASED_LSTM",
          // @start region="PHASED_LSTM"
          """
          # Neil, Pfeiffer & Liu 2016; the score is the time of the step
          i  = sigmoid(W_i x + R_i h + p_i * c + b_i)
          f  = sigmoid(W_f x + R_f h + p_f * c + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          m  = f * c + i * g
          o  = sigmoid(W_o x + R_o h + p_o * m + b_o)
          phi = mod(score - s_k, tau_k) / tau_k
          u  = 2 * phi / r_on
          open = step(r_on - phi)
          k  = open * min(u, 2 - u) + (1 - open) * 0.001 * phi
          c' = k * m + (1 - k) * c
          h' = k * (o * tanh(m)) + (1 - k) * h
          """);

  // @end

  /// The cell that a search found: Zoph & Le, *Neural Architecture Search with Reinforcement
  /// Learning*, 2016. TensorFlow's `NASCell`, whose eight splits are a0 to a7 and whose bias, if it
  /// has one, is `bias_hh`; Kioku names it by its authors' method.
  ///
  /// {@snippet class=LstmCells region=NAS}
  public static final Cell NAS =
      CATALOG.add(
          "NAS",
          // @start region="NAS"
          """
          # Zoph & Le 2016
          a0 = sigmoid(W_0 x + R_0 h + b_0)
          a1 = relu(W_1 x + R_1 h + b_1)
          a2 = sigmoid(W_2 x + R_2 h + b_2)
          a3 = relu(W_3 x * (R_3 h + b_3))
          a4 = tanh(W_4 x + R_4 h + b_4)
          a5 = sigmoid(W_5 x + R_5 h + b_5)
          a6 = tanh(W_6 x + R_6 h + b_6)
          a7 = sigmoid(W_7 x + R_7 h + b_7)
          c' = tanh(tanh(a0 * a1) + c) * tanh(a2 + a3)
          h' = tanh(c' * tanh(tanh(a4 * a5) + sigmoid(a6 + a7)))
          """);

  // @end

  /// Depth-gated LSTM: Yao et al., *Depth-Gated LSTM*, 2015. The gate d lets the memory of the
  /// layer below into this one's, at the same step; the lowest layer has nothing below it.
  ///
  /// {@snippet class=LstmCells region=DGLSTM}
  public static final Cell DGLSTM =
      CATALOG.add(
          "DGLSTM",
          // @start region="DGLSTM"
          """
          # Yao et al. 2015: depth-gated LSTM
          i  = sigmoid(W_i x + R_i h + p_i * c + b_i)
          f  = sigmoid(W_f x + R_f h + p_f * c + b_f)
          d  = sigmoid(W_d x + p_d * c + l_d * below(c) + b_d)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + p_o * c' + b_o)
          c' = d * below(c) + f * c + i * g
          h' = o * tanh(c')
          """);

  // @end

  /// Grid LSTM in two dimensions: Kalchbrenner, Danihelka & Graves, *Grid Long Short-Term Memory*,
  /// 2015. Along time run the hidden vector s and the memory c with gates i, f, o and candidate g;
  /// along depth, from layer to layer, the output h and the memory m with gates u, v, q and
  /// candidate k. Both read the hidden vectors of both dimensions, x and s. The lowest layer has no
  /// memory below it.
  ///
  /// {@snippet class=LstmCells region=GRID_LSTM}
  public static final Cell GRID_LSTM =
      CATALOG.add(
          "GRID_LSTM",
          // @start region="GRID_LSTM"
          """
          # Kalchbrenner, Danihelka & Graves 2015: time and depth, each with its own weights
          i  = sigmoid(W_i x + R_i s + b_i)
          f  = sigmoid(W_f x + R_f s + b_f)
          g  = tanh(W_g x + R_g s + b_g)
          o  = sigmoid(W_o x + R_o s + b_o)
          c' = f * c + i * g
          s' = tanh(o * c')
          u  = sigmoid(W_u x + R_u s + b_u)
          v  = sigmoid(W_v x + R_v s + b_v)
          k  = tanh(W_k x + R_k s + b_k)
          q  = sigmoid(W_q x + R_q s + b_q)
          m' = v * below(m) + u * k
          h' = tanh(q * m')
          """);

  // @end

  /// [#GRID_LSTM] with one set of weights for both dimensions, so that both have the same gates.
  ///
  /// {@snippet class=LstmCells region=GRID_LSTM_TIED}
  public static final Cell GRID_LSTM_TIED =
      CATALOG.add(
          "GRID_LSTM_TIED",
          // @start region="GRID_LSTM_TIED"
          """
          # Kalchbrenner, Danihelka & Graves 2015: time and depth with shared weights
          i  = sigmoid(W_i x + R_i s + b_i)
          f  = sigmoid(W_f x + R_f s + b_f)
          g  = tanh(W_g x + R_g s + b_g)
          o  = sigmoid(W_o x + R_o s + b_o)
          c' = f * c + i * g
          s' = tanh(o * c')
          m' = f * below(m) + i * g
          h' = tanh(o * m')
          """);

  // @end

  /// Layer-normalised LSTM: Ba, Kiros & Hinton, *Layer Normalization*, 2016. The products with h
  /// and with x are each normalised over all four gates together, then scaled by a_* and e_*; the
  /// paper's shifts of both and its bias are one vector here, their sum.
  ///
  /// {@snippet class=LstmCells region=LAYER_NORM_LSTM}
  public static final Cell LAYER_NORM_LSTM =
      CATALOG.add(
          "LAYER_NORM_LSTM",
          // @start region="LAYER_NORM_LSTM"
          """
          # Ba, Kiros & Hinton 2016
          ri = R_i h
          rf = R_f h
          rg = R_g h
          ro = R_o h
          wi = W_i x
          wf = W_f x
          wg = W_g x
          wo = W_o x
          i  = sigmoid(a_i * norm(ri, rf, rg, ro) + e_i * norm(wi, wf, wg, wo) + b_i)
          f  = sigmoid(a_f * norm(rf, ri, rg, ro) + e_f * norm(wf, wi, wg, wo) + b_f)
          g  = tanh(a_g * norm(rg, ri, rf, ro) + e_g * norm(wg, wi, wf, wo) + b_g)
          o  = sigmoid(a_o * norm(ro, ri, rf, rg) + e_o * norm(wo, wi, wf, wg) + b_o)
          c' = f * c + i * g
          h' = o * tanh(a_c * norm(c') + b_c)
          """);

  // @end

  /// No input gate: Greff et al. 2015, an ablation of the LSTM with peepholes.
  ///
  /// {@snippet class=LstmCells region=NIG}
  public static final Cell NIG =
      CATALOG.add(
          "NIG",
          // @start region="NIG"
          """
          # Greff et al. 2015: no input gate
          f  = sigmoid(W_f x + R_f h + p_f * c + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + p_o * c' + b_o)
          c' = f * c + g
          h' = o * tanh(c')
          """);

  // @end

  /// No forget gate: Greff et al. 2015, an ablation of the LSTM with peepholes.
  ///
  /// {@snippet class=LstmCells region=NFG}
  public static final Cell NFG =
      CATALOG.add(
          "NFG",
          // @start region="NFG"
          """
          # Greff et al. 2015: no forget gate
          i  = sigmoid(W_i x + R_i h + p_i * c + b_i)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + p_o * c' + b_o)
          c' = c + i * g
          h' = o * tanh(c')
          """);

  // @end

  /// No output gate: Greff et al. 2015, an ablation of the LSTM with peepholes.
  ///
  /// {@snippet class=LstmCells region=NOG}
  public static final Cell NOG =
      CATALOG.add(
          "NOG",
          // @start region="NOG"
          """
          # Greff et al. 2015: no output gate
          i  = sigmoid(W_i x + R_i h + p_i * c + b_i)
          f  = sigmoid(W_f x + R_f h + p_f * c + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          c' = f * c + i * g
          h' = tanh(c')
          """);

  // @end

  /// No input activation: Greff et al. 2015, an ablation of the LSTM with peepholes.
  ///
  /// {@snippet class=LstmCells region=NIAF}
  public static final Cell NIAF =
      CATALOG.add(
          "NIAF",
          // @start region="NIAF"
          """
          # Greff et al. 2015: no input activation function
          i  = sigmoid(W_i x + R_i h + p_i * c + b_i)
          f  = sigmoid(W_f x + R_f h + p_f * c + b_f)
          g  = W_g x + R_g h + b_g
          o  = sigmoid(W_o x + R_o h + p_o * c' + b_o)
          c' = f * c + i * g
          h' = o * tanh(c')
          """);

  // @end

  /// No output activation: Greff et al. 2015, an ablation of the LSTM with peepholes.
  ///
  /// {@snippet class=LstmCells region=NOAF}
  public static final Cell NOAF =
      CATALOG.add(
          "NOAF",
          // @start region="NOAF"
          """
          # Greff et al. 2015: no output activation function
          i  = sigmoid(W_i x + R_i h + p_i * c + b_i)
          f  = sigmoid(W_f x + R_f h + p_f * c + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + p_o * c' + b_o)
          c' = f * c + i * g
          h' = o * c'
          """);

  // @end

  /// Full gate recurrence: Greff et al. 2015, the LSTM with peepholes whose gates also read all
  /// gates of the step before, so that i, f and o are states. A_* multiply i, B_* f and C_* o.
  ///
  /// {@snippet class=LstmCells region=FGR}
  public static final Cell FGR =
      CATALOG.add(
          "FGR",
          // @start region="FGR"
          """
          # Greff et al. 2015: full gate recurrence
          i' = sigmoid(W_i x + R_i h + p_i * c + A_i i + B_i f + C_i o + b_i)
          f' = sigmoid(W_f x + R_f h + p_f * c + A_f i + B_f f + C_f o + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          o' = sigmoid(W_o x + R_o h + p_o * c' + A_o i + B_o f + C_o o + b_o)
          c' = f' * c + i' * g
          h' = o' * tanh(c')
          """);

  // @end

  /// sLSTM: Beck et al., *xLSTM: Extended Long Short-Term Memory*, 2024. An exponential input gate,
  /// a normaliser state n and a stabiliser state m that keeps the exponentials in range. The heads
  /// of the paper are a block structure of the matrices R_*.
  ///
  /// {@snippet class=LstmCells region=SLSTM}
  public static final Cell SLSTM =
      CATALOG.add(
          "SLSTM",
          // @start region="SLSTM"
          """
          # Beck et al. 2024: sLSTM with a sigmoid forget gate
          z  = tanh(W_z x + R_z h + b_z)
          a  = W_i x + R_i h + b_i
          l  = log(sigmoid(W_f x + R_f h + b_f))
          o  = sigmoid(W_o x + R_o h + b_o)
          m' = max(l + m, a)
          i  = exp(a - m')
          f  = exp(l + m - m')
          c' = f * c + i * z
          n' = f * n + i
          h' = o * c' / n'
          """);

  // @end

  /// [#SLSTM] with an exponential forget gate, the paper's other choice.
  ///
  /// {@snippet class=LstmCells region=SLSTM_EXP_FORGET}
  public static final Cell SLSTM_EXP_FORGET =
      CATALOG.add(
          "SLSTM_EXP_FORGET",
          // @start region="SLSTM_EXP_FORGET"
          """
          # Beck et al. 2024: sLSTM with an exponential forget gate
          z  = tanh(W_z x + R_z h + b_z)
          a  = W_i x + R_i h + b_i
          l  = W_f x + R_f h + b_f
          o  = sigmoid(W_o x + R_o h + b_o)
          m' = max(l + m, a)
          i  = exp(a - m')
          f  = exp(l + m - m')
          c' = f * c + i * z
          n' = f * n + i
          h' = o * c' / n'
          """);
  // @end
}
