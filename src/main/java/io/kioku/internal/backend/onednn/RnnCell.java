package io.kioku.internal.backend.onednn;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.GruCells;
import io.kioku.cell.LstmCells;
import io.kioku.internal.ffi.OnednnRnn.Kind;
import java.util.List;
import java.util.Map;
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
  /// A known cell, and the order in which oneDNN's documentation lists its gates and biases.
  private record Known(Cell cell, Kind primitive, String gates, String biases) {}

  // GRU's gates are update, reset, output there; with the reset behind the product a fourth bias
  // joins the recurrent part of the output gate. AUGRU with the reset behind the product is not
  // here: oneDNN 3.13 has a primitive for it, which gives the later rows of a batch of 16 or 64 the
  // scores of the first ones.
  private static final List<Known> KNOWN =
      List.of(
          new Known(Cells.LSTM, Kind.LSTM, "i f g o", "b_i b_f b_g b_o"),
          new Known(LstmCells.LSTM_PEEPHOLE, Kind.LSTM, "i f g o", "b_i b_f b_g b_o"),
          new Known(LstmCells.LSTMP, Kind.LSTM, "i f g o", "b_i b_f b_g b_o"),
          new Known(LstmCells.LSTMP_PEEPHOLE, Kind.LSTM, "i f g o", "b_i b_f b_g b_o"),
          new Known(Cells.GRU, Kind.LBR_GRU, "z r n", "b_z b_r b_n d_n"),
          new Known(Cells.GRU_RESET_BEFORE, Kind.GRU, "z r n", "b_z b_r b_n"),
          new Known(GruCells.AUGRU_RESET_BEFORE, Kind.AUGRU, "u r n", "b_u b_r b_n"),
          new Known(Cells.RNN_TANH, Kind.TANH, "h", "b_h"),
          new Known(Cells.RNN_RELU, Kind.RELU, "h", "b_h"));

  /// The primitive for a cell that is the same as a known one, whatever its names.
  static Optional<RnnCell> of(Cell cell) {
    return KNOWN.stream()
        .filter(k -> k.cell.sameAs(cell))
        .findFirst()
        .map(k -> of(k, k.cell.namesIn(cell)));
  }

  private static RnnCell of(Known known, Map<String, String> names) {
    List<String> gates = List.of(known.gates.split(" "));
    return new RnnCell(
        known.primitive,
        gates.stream().map(g -> names.get("W_" + g)).toList(),
        gates.stream().map(g -> names.get("R_" + g)).toList(),
        List.of(known.biases.split(" ")).stream().map(names::get).toList(),
        names.containsKey("p_i")
            ? List.of(names.get("p_i"), names.get("p_f"), names.get("p_o"))
            : List.of(),
        names.get("P_h"),
        names.containsKey("c"));
  }

  int gates() {
    return inputMatrices.size();
  }

  boolean hasAttention() {
    return primitive == Kind.AUGRU;
  }
}
