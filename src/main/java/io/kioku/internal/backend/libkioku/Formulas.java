package io.kioku.internal.backend.libkioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.LstmCells;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.internal.backend.KnownCell;
import io.kioku.internal.backend.KnownCell.Pattern;
import io.kioku.internal.backend.libkioku.LayerPlan.Instruction;
import io.kioku.internal.ffi.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Cells that libkioku has as formulas in C: one instruction in place of a program. They stand
/// where a program would, and read and write the same places.
final class Formulas {
  private static final List<Pattern<Op>> KNOWN =
      List.of(
          new Pattern<>(Cells.LSTM, Op.LSTM, "i f g o", ""),
          new Pattern<>(LstmCells.LSTMP, Op.LSTM, "i f g o", ""),
          new Pattern<>(LstmCells.LSTM_PEEPHOLE, Op.LSTM_PEEPHOLE, "i f g o", "p_i p_f p_o"),
          new Pattern<>(LstmCells.LSTMP_PEEPHOLE, Op.LSTM_PEEPHOLE, "i f g o", "p_i p_f p_o"),
          new Pattern<>(LstmCells.CIFG, Op.CIFG, "f g o", ""),
          new Pattern<>(LstmCells.CIFG_PEEPHOLE, Op.CIFG_PEEPHOLE, "f g o", "p_f p_o"),
          new Pattern<>(Cells.GRU, Op.GRU, "r z n", ""));

  private Formulas() {}

  /// The formula of a cell's first stage; empty if it has none.
  static Optional<Instruction> find(Cell cell, GateMap gates, SlotMap slots) {
    Optional<KnownCell<Op>> known = KnownCell.find(cell, KNOWN);
    return known.isEmpty()
        ? Optional.empty()
        : Optional.of(instruction(cell, known.get(), gates, slots));
  }

  private static Instruction instruction(
      Cell cell, KnownCell<Op> known, GateMap gates, SlotMap slots) {
    List<Integer> operands = new ArrayList<>();
    for (String matrix : known.inputMatrices()) {
      operands.add(slots.gate(gates.withMatrix(matrix), 0));
    }
    if (known.kernel() == Op.GRU) {
      String ofState = known.recurrentMatrices().getLast(); // its product is reset by itself
      operands.add(slots.gate(gates.withMatrix(ofState), 0));
      operands.add(slots.state("h", 0));
    } else {
      String memory = cell.states().get(1);
      operands.add(slots.state(memory, 0));
    }
    for (String vector : known.vectors()) {
      if (vector != null) {
        operands.add(slots.leaf(node(cell, Operation.VECTOR, vector), 0));
      }
    }
    int output =
        known.projection() == null
            ? slots.output()
            : slots.keptRow(node(cell, Operation.PRODUCT, known.projection()).argument(0));
    return new Instruction(known.kernel(), output, slots.runOf(operands), 0, 0, 0, 0);
  }

  private static Node node(Cell cell, Operation operation, String name) {
    return cell.nodes().stream()
        .filter(n -> n.operation() == operation && n.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
