package io.kioku.internal.backend.onednn;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.internal.ffi.OnednnRnn.Kind;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A cell that oneDNN has a primitive for, with the cell's parameters in the primitive's order of
/// gates.
///
/// @param hasCellState whether there is a second state, `c`
record RnnCell(
    Kind primitive,
    List<String> inputMatrices,
    List<String> recurrentMatrices,
    List<String> biases,
    boolean hasCellState) {
  /// A known cell and the order in which oneDNN's documentation lists its gates.
  private record Known(Cell cell, Kind primitive, List<String> gates, List<String> biases) {}

  // GRU's gates are update, reset, output there; with the reset behind the product a fourth bias
  // joins the recurrent
  // part of the output gate.
  private static final List<Known> KNOWN =
      List.of(
          new Known(
              Cells.LSTM,
              Kind.LSTM,
              List.of("i", "f", "g", "o"),
              List.of("b_i", "b_f", "b_g", "b_o")),
          new Known(
              Cells.GRU, Kind.LBR_GRU, List.of("z", "r", "n"), List.of("b_z", "b_r", "b_n", "d_n")),
          new Known(
              Cells.GRU_RESET_BEFORE,
              Kind.GRU,
              List.of("z", "r", "n"),
              List.of("b_z", "b_r", "b_n")),
          new Known(Cells.RNN_TANH, Kind.TANH, List.of("h"), List.of("b_h")),
          new Known(Cells.RNN_RELU, Kind.RELU, List.of("h"), List.of("b_h")));

  /// The primitive for a cell that is the same as a known one, whatever its names.
  static Optional<RnnCell> of(Cell cell) {
    return KNOWN.stream()
        .filter(k -> k.cell.sameAs(cell))
        .findFirst()
        .map(k -> of(k, k.cell.namesIn(cell)));
  }

  private static RnnCell of(Known known, Map<String, String> names) {
    return new RnnCell(
        known.primitive,
        known.gates.stream().map(g -> names.get("W_" + g)).toList(),
        known.gates.stream().map(g -> names.get("R_" + g)).toList(),
        known.biases.stream().map(names::get).toList(),
        names.containsKey("c"));
  }

  int gates() {
    return inputMatrices.size();
  }
}
