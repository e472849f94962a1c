package io.kioku.internal.backend.libkioku;

import io.kioku.internal.backend.libkioku.LayerPlan.Instruction;
import io.kioku.internal.ffi.LayerStructs;
import io.kioku.internal.ffi.Op;
import java.util.ArrayList;
import java.util.List;

/// The instructions of a program in the order in which they run, and the places of their results: a
/// slot in memory where something else reads them, else a register while they are needed.
final class Instructions {
  /// What an instruction reads or writes.
  static final class Value {
    private int slot;
    private int register = -1;
    private int lastUse = -1;

    /// @param slot where it lies in memory; -1 for a register that is chosen in the end
    Value(int slot) {
      this.slot = slot;
    }

    boolean isInMemory() {
      return slot >= 0;
    }

    /// Lets it be computed into memory.
    void moveTo(int newSlot) {
      slot = newSlot;
    }

    private int operand() {
      return isInMemory() ? slot : -1 - register;
    }
  }

  private record Step(Op op, Value dst, List<Value> arguments, double alpha, double beta) {
    int operand(int index) {
      return index < arguments.size() ? arguments.get(index).operand() : 0;
    }
  }

  private final List<Step> steps = new ArrayList<>();

  /// Adds an instruction with a new result.
  Value emit(Op op, double alpha, double beta, Value... arguments) {
    Value dst = new Value(-1);
    emitTo(dst, op, alpha, beta, arguments);
    return dst;
  }

  /// Adds an instruction whose result has a place.
  void emitTo(Value dst, Op op, double alpha, double beta, Value... arguments) {
    steps.add(new Step(op, dst, List.of(arguments), alpha, beta));
  }

  /// All instructions with their operands.
  ///
  /// @param slots where a value for which there is no register gets a plane
  /// @param units of it
  List<Instruction> placed(SlotMap slots, int units) {
    for (int i = 0; i < steps.size(); i++) {
      for (Value argument : steps.get(i).arguments()) {
        argument.lastUse = i;
      }
    }
    List<Instruction> instructions = new ArrayList<>();
    boolean[] taken = new boolean[LayerStructs.REGISTERS];
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      for (Value argument : step.arguments()) {
        if (!argument.isInMemory() && argument.lastUse == i) {
          taken[argument.register] = false;
        }
      }
      if (!place(step.dst(), taken)) {
        step.dst().moveTo(slots.plane(units));
      }
      instructions.add(
          new Instruction(
              step.op(),
              step.dst().operand(),
              step.operand(0),
              step.operand(1),
              step.operand(2),
              (float) step.alpha(),
              (float) step.beta()));
    }
    return instructions;
  }

  /// Whether there is a place, in a register if it has none yet.
  private static boolean place(Value value, boolean[] taken) {
    if (value.isInMemory()) {
      return true;
    }
    for (int r = 0; r < taken.length; r++) {
      if (!taken[r]) {
        value.register = r;
        taken[r] = value.lastUse >= 0;
        return true;
      }
    }
    return false;
  }
}
