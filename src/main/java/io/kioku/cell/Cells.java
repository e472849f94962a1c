package io.kioku.cell;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The cells that everybody knows, and the list of all that Kioku has; the others are in
/// [LstmCells], [GruCells] and [OtherCells], and variants with options come from [Lstm], [Gru] and
/// [Rnn]. Gates and parameters are named as in the papers; the tensors that hold the parameters are
/// PyTorch's (see [Stack]).
public final class Cells {
  private static final Catalog CATALOG = new Catalog();

  private Cells() {}

  /// Long short-term memory with forget gates, without peepholes: Hochreiter & Schmidhuber, *Long
  /// Short-Term Memory*, Neural Computation 9(8), 1997; the forget gate is from Gers, Schmidhuber &
  /// Cummins, *Learning to Forget*, 2000. Gates: input i, forget f, candidate g, output o.
  /// PyTorch's `nn.LSTM`.
  ///
  /// {@snippet class=Cells region=LSTM}
  public static final Cell LSTM =
      CATALOG.add(
          "LSTM",
          // @start region="LSTM"
          """
          # Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000
          i  = sigmoid(W_i x + R_i h + b_i)
          f  = sigmoid(W_f x + R_f h + b_f)
          g  = tanh(W_g x + R_g h + b_g)
          o  = sigmoid(W_o x + R_o h + b_o)
          c' = f * c + i * g
          h' = o * tanh(c')
          """);

  // @end

  /// Gated recurrent unit with the reset gate behind the recurrent product, the form that cuDNN
  /// introduced, PyTorch's `nn.GRU` computes and ONNX calls `linear_before_reset = 1`. Gates: reset
  /// r, update z, candidate n.
  ///
  /// {@snippet class=Cells region=GRU}
  public static final Cell GRU =
      CATALOG.add(
          "GRU",
          // @start region="GRU"
          """
          # Cho et al. 2014, with the reset gate behind the product as in cuDNN and PyTorch
          r  = sigmoid(W_r x + R_r h + b_r)
          z  = sigmoid(W_z x + R_z h + b_z)
          n  = tanh(W_n x + b_n + r * (R_n h + d_n))
          h' = (1 - z) * n + z * h
          """);

  // @end

  /// Gated recurrent unit with the reset gate before the recurrent product: Cho et al., *Learning
  /// Phrase Representations using RNN Encoder–Decoder*, 2014; ONNX `linear_before_reset = 0`, Keras
  /// `reset_after = False`. Gates: reset r, update z, candidate n.
  ///
  /// {@snippet class=Cells region=GRU_RESET_BEFORE}
  public static final Cell GRU_RESET_BEFORE =
      CATALOG.add(
          "GRU_RESET_BEFORE",
          // @start region="GRU_RESET_BEFORE"
          """
          # Cho et al. 2014
          r  = sigmoid(W_r x + R_r h + b_r)
          z  = sigmoid(W_z x + R_z h + b_z)
          n  = tanh(W_n x + R_n (r * h) + b_n)
          h' = (1 - z) * n + z * h
          """);

  // @end

  /// Elman's recurrent network with tanh: Elman, *Finding Structure in Time*, 1990. PyTorch's
  /// `nn.RNN`.
  ///
  /// {@snippet class=Cells region=RNN_TANH}
  public static final Cell RNN_TANH =
      CATALOG.add(
          "RNN_TANH",
          // @start region="RNN_TANH"
          """
          # Elman 1990
          h' = tanh(W_h x + R_h h + b_h)
          """);

  // @end

  /// The same with the rectifier: Le, Jaitly & Hinton, *A Simple Way to Initialize Recurrent
  /// Networks of Rectified Linear Units*, 2015. PyTorch's `nn.RNN` with `nonlinearity='relu'`.
  ///
  /// {@snippet class=Cells region=RNN_RELU}
  public static final Cell RNN_RELU =
      CATALOG.add(
          "RNN_RELU",
          // @start region="RNN_RELU"
          """
          # Le, Jaitly & Hinton 2015
          h' = relu(W_h x + R_h h + b_h)
          """);

  // @end

  /// An affine map of each step's input by itself, `nn.Linear` of PyTorch: no recurrence, but the
  /// layer that stands behind most recurrent ones. Its only state is its last output.
  ///
  /// {@snippet class=Cells region=LINEAR}
  public static final Cell LINEAR =
      CATALOG.add(
          "LINEAR",
          // @start region="LINEAR"
          """
          # an affine map of each step by itself
          h' = W_h x + b_h
          """);

  // @end

  /// All cells of this package.
  public static List<Cell> all() {
    return Stream.of(CATALOG, LstmCells.CATALOG, GruCells.CATALOG, OtherCells.CATALOG)
        .flatMap(catalog -> catalog.cells().stream())
        .toList();
  }

  /// The cell of a name, in capital letters or not.
  public static Optional<Cell> find(String name) {
    return all().stream().filter(cell -> cell.name().equalsIgnoreCase(name)).findFirst();
  }
}
