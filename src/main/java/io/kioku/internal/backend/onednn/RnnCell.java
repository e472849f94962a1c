package io.kioku.internal.backend.onednn;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.GruCells;
import io.kioku.cell.LstmCells;
import io.kioku.internal.backend.KnownCell;
import io.kioku.internal.backend.KnownCell.Pattern;
import io.kioku.internal.ffi.OnednnRnn.Kind;
import java.util.List;
import java.util.Optional;

/// A cell that oneDNN has a primitive for, with the cell's parameters in the primitive's order of
/// gates.
///
/// @param peepholes of the input, forget and output gate; empty if there are none
/// @param projection the matrix that makes the output; null if there is none
/// @param hasCellState whether there is a second state, `c`
record RnnCell(
    Kind primitive,
    List<String> inputMatrices,
    List<String> recurrentMatrices,
    List<String> biases,
    List<String> peepholes,
    String projection,
    boolean hasCellState) {
  private static final int LSTM_BIASES = 4; // before the peepholes

  // GRU's gates are update, reset, output there; with the reset behind the product a fourth bias
  // joins the recurrent part of the output gate. AUGRU with the reset behind the product is not
  // here: oneDNN 3.13 has a primitive for it, which gives the later rows of a batch of 16 or 64 the
  // scores of the first ones.
  private static final List<Pattern<Kind>> KNOWN =
      List.of(
          new Pattern<>(Cells.LSTM, Kind.LSTM, "i f g o", "b_i b_f b_g b_o"),
          new Pattern<>(
              LstmCells.LSTM_PEEPHOLE, Kind.LSTM, "i f g o", "b_i b_f b_g b_o p_i p_f p_o"),
          new Pattern<>(LstmCells.LSTMP, Kind.LSTM, "i f g o", "b_i b_f b_g b_o"),
          new Pattern<>(
              LstmCells.LSTMP_PEEPHOLE, Kind.LSTM, "i f g o", "b_i b_f b_g b_o p_i p_f p_o"),
          new Pattern<>(Cells.GRU, Kind.LBR_GRU, "z r n", "b_z b_r b_n d_n"),
          new Pattern<>(Cells.GRU_RESET_BEFORE, Kind.GRU, "z r n", "b_z b_r b_n"),
          new Pattern<>(GruCells.AUGRU_RESET_BEFORE, Kind.AUGRU, "u r n", "b_u b_r b_n"),
          new Pattern<>(Cells.RNN_TANH, Kind.TANH, "h", "b_h"),
          new Pattern<>(Cells.RNN_RELU, Kind.RELU, "h", "b_h"));

  /// The primitive for a cell that is the same as a known one, whatever its names.
  static Optional<RnnCell> of(Cell cell) {
    Optional<KnownCell<Kind>> known = KnownCell.find(cell, KNOWN);
    return known.isEmpty() ? Optional.empty() : Optional.of(of(known.get()));
  }

  private static RnnCell of(KnownCell<Kind> known) {
    int biases = known.kernel() == Kind.LSTM ? LSTM_BIASES : known.vectors().size();
    return new RnnCell(
        known.kernel(),
        known.inputMatrices(),
        known.recurrentMatrices(),
        known.vectors().subList(0, biases),
        known.vectors().subList(biases, known.vectors().size()),
        known.projection(),
        known.hasMemory());
  }

  int gates() {
    return inputMatrices.size();
  }

  boolean hasAttention() {
    return primitive == Kind.AUGRU;
  }
}
