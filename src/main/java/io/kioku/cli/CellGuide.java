package io.kioku.cli;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import java.util.List;

/// What a reader who does not know a cell is told of it.
///
/// @param quantities what is shown, in the order in which it is read
/// @param keeping the gate that makes a unit remember
/// @param state what a unit remembers
record CellGuide(List<Quantity> quantities, Quantity keeping, Quantity state) {
  private static CellGuide lstm() {
    Quantity forget =
        Quantity.gate(
            "f", "forget", "how much of its old memory a unit keeps: bright keeps, dark forgets");
    Quantity cell =
        new Quantity(
            "c'",
            "c",
            "cell state",
            "cell",
            "the memory itself: c = forget × old c + input × candidate",
            Quantity.Kind.UNBOUNDED);
    List<Quantity> quantities =
        List.of(
            forget,
            Quantity.gate(
                "i", "input", "how much of the candidate goes into the memory: bright lets it in"),
            Quantity.signed(
                "g",
                "candidate",
                "cand.",
                "what would go into the memory: red adds, blue takes away"),
            Quantity.gate(
                "o", "output", "how much of its memory a unit shows: bright shows, dark hides"),
            cell,
            Quantity.signed(
                "h'", "hidden state", "hidden", "what the layer passes on: h = output × tanh(c)"));
    return new CellGuide(quantities, forget, cell);
  }

  private static CellGuide gru() {
    Quantity update =
        Quantity.gate(
            "z", "update", "how much of its old state a unit keeps: bright keeps, dark replaces");
    Quantity hidden =
        Quantity.signed(
            "h'",
            "hidden state",
            "hidden",
            "memory and output in one: h = update × old h + (1 − update) × candidate");
    List<Quantity> quantities =
        List.of(
            Quantity.gate(
                "r",
                "reset",
                "how much of the old state the candidate looks at: dark starts afresh"),
            update,
            Quantity.signed(
                "n",
                "candidate",
                "cand.",
                "the new state that is offered: red above 0, blue below"),
            hidden);
    return new CellGuide(quantities, update, hidden);
  }

  /// @throws IllegalArgumentException if nobody has explained that cell yet
  static CellGuide of(Cell cell) {
    if (cell.equals(Cells.LSTM)) {
      return lstm();
    }
    if (cell.equals(Cells.GRU)) {
      return gru();
    }
    throw new IllegalArgumentException(
        "the cell is %s, expected LSTM or GRU to explain".formatted(cell.name()));
  }
}
