package io.kioku.internal.backend.libkioku;

import io.kioku.cell.Cell;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.cell.Size;
import io.kioku.internal.backend.libkioku.Instructions.Value;
import io.kioku.internal.backend.libkioku.LayerPlan.Instruction;
import io.kioku.internal.ffi.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Writes one element-wise program: chooses instructions for values. [Instructions] then finds
/// places for their results.
final class ProgramBuilder {
  private final Cell cell;
  private final GateMap gates;
  private final SlotMap slots;
  private final int[] uses;
  private final int module;
  private final Instructions instructions = new Instructions();
  private final Map<Node, Value> values = new HashMap<>();
  private final Map<Integer, Value> loaded = new HashMap<>();
  private final Set<Node> fused = new HashSet<>();

  /// @param nodes what to compute, arguments first; all of one size and stage
  /// @param uses how often each value of the cell is used
  /// @param module whose units are computed
  ProgramBuilder(
      Cell cell, List<Node> nodes, int[] uses, GateMap gates, SlotMap slots, int module) {
    this.cell = cell;
    this.gates = gates;
    this.slots = slots;
    this.uses = uses;
    this.module = module;
    for (Node node : nodes) {
      fuse(node, nodes);
    }
    for (Node node : nodes) {
      if (!fused.contains(node)) {
        compute(node);
      }
    }
  }

  /// Marks products that the sum which uses them computes along the way.
  private void fuse(Node sum, List<Node> nodes) {
    boolean gate = gates.of(sum) != null;
    List<Node> terms = gate ? gates.of(sum).rest() : sum.arguments();
    int most = gate ? terms.size() : 1; // one term must be there to add to
    if (gate || (sum.operation() == Operation.ADD && constantOf(sum) == null)) {
      for (Node term : terms) {
        if (most > 0 && isFusible(term) && nodes.contains(term)) {
          fused.add(term);
          most--;
        }
      }
    }
  }

  private boolean isFusible(Node term) {
    return term.operation() == Operation.MUL
        && uses[term.id()] == 1
        && !isKept(term)
        && constantOf(term) == null;
  }

  private static Node constantOf(Node node) {
    for (Node argument : node.arguments()) {
      if (argument.operation() == Operation.CONSTANT) {
        return argument;
      }
    }
    return null;
  }

  private boolean isKept(Node node) {
    return slots.keptRow(node) >= 0 || slots.keptPlane(node) >= 0;
  }

  private void compute(Node node) {
    GateMap.Gate gate = gates.of(node);
    if (gate != null && !gate.rest().isEmpty()) {
      Value sum = at(slots.gate(node, module));
      for (Node term : gate.rest()) {
        sum = add(term, sum);
      }
      finish(node, sum);
    } else if (gate == null && !node.arguments().isEmpty()) {
      finish(node, operation(node));
    } else if (slots.keptRow(node) >= 0) { // it has a place, of which a product wants a copy
      Value value = gate == null ? leaf(node) : at(slots.gate(node, module));
      values.put(node, value);
      store(value, slots.keptRow(node));
    }
  }

  private void finish(Node node, Value value) {
    values.put(node, value);
    int plane = slots.keptPlane(node);
    if (plane >= 0) {
      if (value.isInMemory()) {
        instructions.emitTo(new Value(plane), Op.COPY, 0, 0, value);
      } else {
        value.moveTo(plane);
      }
    }
    if (slots.keptRow(node) >= 0) {
      store(value, slots.keptRow(node));
    }
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
      case NORM -> emit(Op.NORM, 0, 0, of(first), new Value(slots.moments(node)));
      // Where modules have periods, a program runs only for one that is awake.
      case CLOCKED -> of(first);
      case DIV -> emit(Op.DIV, 0, 0, of(first), of(node.argument(1)));
      default -> emit(Op.valueOf(node.operation().name()), 0, 0, of(first));
    };
  }

  /// What lies at a slot: a plane as it is, a row in memory loaded once.
  private Value at(int slot) {
    if (slots.isPlane(slot)) {
      return new Value(slot);
    }
    Value value = loaded.get(slot);
    if (value == null) {
      value = emit(Op.LOAD, 0, 0, new Value(slot));
      loaded.put(slot, value);
    }
    return value;
  }

  private Value leaf(Node node) {
    if (node.operation() == Operation.CONSTANT) {
      return emit(Op.FILL, node.value(), 0);
    }
    int slot = slots.leaf(node, module);
    return node.size() == Size.ONE ? emit(Op.SPREAD, 0, 0, new Value(slot)) : at(slot);
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

  /// A value computed here before, or read from memory, or a number of all units.
  private Value of(Node node) {
    Value value = values.get(node);
    if (value == null) {
      if (node.operation().isLeaf() && !isKept(node)) {
        value = leaf(node);
      } else if (node.size() == Size.ONE) {
        value = operation(node);
      } else if (slots.slot(node, module) >= 0) {
        value = at(slots.slot(node, module));
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

  /// Stores a value in a row in memory.
  void store(Value value, int slot) {
    instructions.emitTo(new Value(slot), Op.STORE, 0, 0, value);
  }

  /// Stores a value in a row in memory.
  void trace(Node node, int slot) {
    store(of(node), slot);
  }

  /// Copies one row in memory to another.
  void copy(int fromSlot, int toSlot) {
    store(at(fromSlot), toSlot);
  }

  /// The new values of states. All that is read of the old ones is loaded now: what is stored later
  /// may be in their place.
  List<Value> updates(List<String> states) {
    List<Value> updates = new ArrayList<>();
    for (String state : states) {
      Node update = cell.update(state);
      updates.add(of(update.operation() == Operation.CLOCKED ? update.argument(0) : update));
    }
    return updates;
  }

  /// The instructions, for so many units.
  List<Instruction> build(int units) {
    return instructions.placed(slots, units);
  }
}
