package io.kioku.internal.backend.blas;

import io.kioku.cell.Cell;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.cell.Size;
import io.kioku.internal.backend.blas.Instructions.Value;
import io.kioku.internal.backend.blas.LayerPlan.Instruction;
import io.kioku.internal.backend.blas.LayerPlan.Program;
import io.kioku.internal.ffi.Op;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Writes one element-wise program: chooses instructions for values. [Instructions] then finds
/// places for their results.
final class ProgramBuilder {
  private final Cell cell;
  private final GateMap gates;
  private final SlotMap slots;
  private final int[] uses;
  private final int from;
  private final Instructions instructions = new Instructions();
  private final Map<Node, Value> values = new HashMap<>();
  private final Map<Integer, Value> spreads = new HashMap<>();
  private final Set<Node> fused = new HashSet<>();

  /// @param nodes what to compute, arguments first; all of one size and stage
  /// @param uses how often each value of the cell is used
  /// @param from the first of the columns that are computed
  ProgramBuilder(Cell cell, List<Node> nodes, int[] uses, GateMap gates, SlotMap slots, int from) {
    this.cell = cell;
    this.gates = gates;
    this.slots = slots;
    this.uses = uses;
    this.from = from;
    nodes.forEach(node -> fuse(node, nodes));
    nodes.stream().filter(node -> !fused.contains(node)).forEach(this::compute);
  }

  /// Marks products that the sum which uses them computes along the way.
  private void fuse(Node sum, List<Node> nodes) {
    boolean gate = gates.of(sum) != null;
    List<Node> terms = gate ? gates.of(sum).rest() : sum.arguments();
    int most = gate ? terms.size() : 1; // one term must be there to add to
    if (gate || (sum.operation() == Operation.ADD && constantOf(sum) == null)) {
      terms.stream()
          .filter(t -> t.operation() == Operation.MUL && uses[t.id()] == 1)
          .filter(t -> nodes.contains(t) && slots.kept(t) < 0 && constantOf(t) == null)
          .limit(most)
          .forEach(fused::add);
    }
  }

  private static Node constantOf(Node node) {
    return node.arguments().stream()
        .filter(a -> a.operation() == Operation.CONSTANT)
        .findFirst()
        .orElse(null);
  }

  private void compute(Node node) {
    GateMap.Gate gate = gates.of(node);
    if (gate != null && !gate.rest().isEmpty()) {
      Value sum = memory(slots.gate(node));
      for (Node term : gate.rest()) {
        sum = add(term, sum);
      }
      finish(node, sum);
    } else if (gate != null) {
      store(node, memory(slots.gate(node)));
    } else if (node.arguments().isEmpty() && node.operation() != Operation.CONSTANT) {
      store(node, memory(slots.leaf(node)));
    } else if (node.operation() != Operation.CONSTANT) { // a constant is filled in where it is used
      finish(node, operation(node));
    }
  }

  /// A value that lies in memory by nature, copied if a product needs it elsewhere.
  private void store(Node node, Value value) {
    if (slots.kept(node) >= 0) {
      finish(node, emit(Op.COPY, 0, 0, value));
    } else {
      values.put(node, value);
    }
  }

  private void finish(Node node, Value value) {
    if (slots.kept(node) >= 0) {
      value.moveTo(slots.shifted(slots.kept(node), from));
    }
    values.put(node, value);
  }

  private Value operation(Node node) {
    Node constant = constantOf(node);
    Node first = node.argument(0);
    return switch (node.operation()) {
      case ADD -> constant != null ? affine(node, 1, constant.value()) : sum(node);
      case MUL ->
          constant != null
              ? affine(node, constant.value(), 0)
              : emit(Op.MUL, 0, 0, of(first), of(node.argument(1)));
      case SUB -> {
        if (constant == null) {
          yield emit(Op.SUB, 0, 0, of(first), of(node.argument(1)));
        }
        yield constant == first
            ? affine(node, -1, constant.value())
            : affine(node, 1, -constant.value());
      }
      case MAX, MIN ->
          emit(Op.valueOf(node.operation().name()), 0, 0, of(first), of(node.argument(1)));
      case NORM -> {
        Value mean = spread(slots.moments(node));
        Value rest = spread(slots.shifted(slots.moments(node), 1));
        Value scale = spread(slots.shifted(slots.moments(node), 2));
        Value centred = emit(Op.SUB, 0, 0, emit(Op.SUB, 0, 0, of(first), mean), rest);
        yield emit(Op.MUL, 0, 0, centred, scale);
      }
      // Where modules have periods, a program runs only for one that is awake.
      case CLOCKED -> of(first);
      case DIV -> emit(Op.DIV, 0, 0, of(first), of(node.argument(1)));
      default -> emit(Op.valueOf(node.operation().name()), 0, 0, of(first));
    };
  }

  /// One number of each row, in all columns.
  private Value spread(int slot) {
    return spreads.computeIfAbsent(slot, s -> emit(Op.SPREAD, 0, 0, new Value(s)));
  }

  private Value memory(int slot) {
    return new Value(slots.shifted(slot, from));
  }

  private Value affine(Node node, double alpha, double beta) {
    Node variable = node.argument(node.argument(0).operation() == Operation.CONSTANT ? 1 : 0);
    return emit(Op.AFFINE, alpha, beta, of(variable));
  }

  private Value sum(Node node) {
    Node first = node.argument(0);
    Node second = node.argument(1);
    return fused.contains(first) ? add(first, of(second)) : add(second, of(first));
  }

  private Value add(Node term, Value sum) {
    return fused.contains(term)
        ? emit(Op.MULADD, 0, 0, of(term.argument(0)), of(term.argument(1)), sum)
        : emit(Op.ADD, 0, 0, sum, of(term));
  }

  /// A value computed here before, or read from memory, or a number that fills all columns.
  private Value of(Node node) {
    Value value = values.get(node);
    if (value == null) {
      if (node.operation() == Operation.CONSTANT) {
        value = emit(Op.FILL, node.value(), 0);
      } else if (node.size() == Size.ONE) {
        value = node.operation().isLeaf() ? spread(slots.leaf(node)) : operation(node);
      } else if (slots.slot(node) >= 0) {
        value = memory(slots.slot(node));
      } else {
        throw new IllegalStateException(
            "cell " + cell + ": " + node + " is used before it is computed");
      }
      values.put(node, value);
    }
    return value;
  }

  private Value emit(Op op, double alpha, double beta, Value... arguments) {
    return instructions.emit(op, alpha, beta, arguments);
  }

  private void copy(Value from, int slot) {
    instructions.emitTo(memory(slot), Op.COPY, 0, 0, from);
  }

  /// Writes a value to the trace.
  void trace(Node node, int offset) {
    copy(of(node), slots.trace(offset));
  }

  /// Stores the new states of one size, and what others read of them: the output, and what the
  /// layer above sees. Old states may be read up to here, so none is overwritten before its last
  /// reader: a new state that is an old one as it stands is first copied out of the way.
  void updateStates(Size size) {
    List<String> states = cell.states().stream().filter(s -> cell.size(s) == size).toList();
    Map<String, Value> updates = store(states);
    for (String state : states) {
      if (cell.below().contains(state)) {
        copy(updates.get(state), slots.above(state));
      }
    }
    if (updates.containsKey("h")) {
      copy(updates.get("h"), slots.output());
    }
  }

  /// Stores the new states of one module.
  void updateModule() {
    store(cell.states().stream().filter(s -> cell.size(s) != Size.ONE).toList());
  }

  /// Copies the states of all modules, whether they are awake or not, to where others read them.
  void showStates(Map<String, Integer> traced) {
    for (String state : cell.states()) {
      if (cell.size(state) == Size.ONE) {
        continue;
      }
      Value value = memory(slots.state(state));
      if (state.equals("h")) {
        copy(value, slots.output());
      }
      if (cell.below().contains(state)) {
        copy(value, slots.above(state));
      }
      Integer offset = traced.get(state + "'");
      if (offset != null) {
        copy(value, slots.trace(offset));
      }
    }
  }

  private Map<String, Value> store(List<String> states) {
    Map<String, Value> updates = new HashMap<>();
    for (String state : states) {
      Node clocked = cell.update(state);
      Node update = clocked.operation() == Operation.CLOCKED ? clocked.argument(0) : clocked;
      boolean moved = update.operation() == Operation.STATE && !update.name().equals(state);
      updates.put(state, moved ? emit(Op.COPY, 0, 0, of(update)) : of(update));
    }
    for (String state : states) {
      Value update = updates.get(state);
      int slot = slots.shifted(slots.state(state), from);
      if (!update.isInMemory() && !instructions.isReadAfter(slot, update)) {
        update.moveTo(slot);
      } else if (!update.isAt(slot)) {
        instructions.emitTo(new Value(slot), Op.COPY, 0, 0, update);
      }
    }
    return updates;
  }

  /// The program; empty if there is nothing to compute.
  ///
  /// @param columns elements of each row
  /// @param period runs at the steps at which the clock is a multiple of it
  Optional<Program> build(int columns, int period) {
    List<Instruction> all = instructions.placed(() -> slots.scratch(columns));
    return all.isEmpty() ? Optional.empty() : Optional.of(new Program(all, columns, period));
  }
}
