package io.kioku.internal.onnx.op.recurrent;

import io.kioku.cell.Cell;
import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.internal.ffi.FloatProgram;
import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.ffi.Op;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What an LSTM makes of the sums of its gates, where products and biases were added up elsewhere:
/// its equations as an element-wise program over rows of H units.
final class GateProgram {
  /// What the program reads and writes, behind the gates: the memory, which is updated, and the
  /// output.
  private static final List<String> STATES = List.of("c", "h");

  private static final int REGISTERS = 16;

  private final List<String> gates;
  private final List<String> peepholes = List.of("i", "o", "f");
  private final FloatProgram program;

  /// The program of a cell.
  ///
  /// @param gates the letters of the gates, in the order of their sums
  GateProgram(Cell cell, List<String> gates, SegmentAllocator allocator) {
    this.gates = gates;
    List<Instruction> instructions = new Lowering(cell).instructions;
    int operands = gates.size() + STATES.size() + peepholes.size();
    program = new FloatProgram(allocator, instructions.size(), operands);
    instructions.forEach(program::add);
  }

  /// Sets where things lie.
  ///
  /// @param sums (N, gates, H)
  /// @param memory (N, H)
  /// @param output (N, H)
  /// @param vectors the peepholes, (3, H) as ONNX has them; 0 if there are none
  void place(long sums, long memory, long output, long vectors, long hidden) {
    long bytes = hidden * Float.BYTES;
    int operand = 0;
    for (int gate = 0; gate < gates.size(); gate++) {
      program.operand(operand++, sums + gate * bytes, gates.size() * hidden);
    }
    program.operand(operand++, memory, hidden);
    program.operand(operand++, output, hidden);
    for (int gate = 0; gate < peepholes.size(); gate++) {
      program.operand(operand++, vectors + gate * bytes, 0);
    }
  }

  /// Computes rows.
  void run(long rows, long hidden) {
    program.run(rows, hidden);
  }

  /// Writes the instructions. The sums stand for all products and biases of a gate: where its W x
  /// is. What was added to it, R h and b, is nothing.
  private final class Lowering {
    final List<Instruction> instructions = new ArrayList<>();
    private final Map<Node, Node> same = new HashMap<>(); // sums of something and nothing
    private final Map<Node, Integer> uses = new HashMap<>();
    private final Map<Node, Integer> places = new HashMap<>();
    private final Deque<Integer> free = new ArrayDeque<>();

    Lowering(Cell cell) {
      for (int register = 1; register <= REGISTERS; register++) {
        free.add(-register);
      }
      List<Node> updates = STATES.stream().map(cell::update).toList();
      List<Node> nodes = cell.needed(updates);
      for (Node node : nodes) {
        if (node.operation() == Operation.ADD) {
          join(node);
        }
      }
      updates.forEach(this::use);
      for (Node node : nodes) {
        if (isComputed(node)) {
          node.arguments().forEach(this::use);
        }
      }
      for (Node node : nodes) {
        if (isComputed(node)) {
          compute(node);
        }
      }
      for (int state = 0; state < updates.size(); state++) {
        emitTo(gates.size() + state, Op.COPY, 0, 0, place(updates.get(state)));
      }
    }

    private void join(Node sum) {
      for (int side = 0; side < 2; side++) {
        if (isNothing(root(sum.argument(side)))) {
          same.put(sum, root(sum.argument(1 - side)));
          return;
        }
      }
    }

    private Node root(Node node) {
      return same.getOrDefault(node, node);
    }

    private static boolean isNothing(Node node) {
      return (node.operation() == Operation.PRODUCT && node.name().startsWith("R_"))
          || (node.operation() == Operation.VECTOR && node.name().startsWith("b_"));
    }

    private boolean isComputed(Node node) {
      return !node.operation().isLeaf()
          && node.operation() != Operation.PRODUCT
          && !same.containsKey(node);
    }

    private void use(Node node) {
      uses.merge(root(node), 1, Integer::sum);
    }

    private void compute(Node node) {
      Node first = node.argument(0);
      Node second = node.arguments().size() > 1 ? node.argument(1) : null;
      boolean isSecond = second != null && second.operation() == Operation.CONSTANT;
      Node number = isSecond ? second : first.operation() == Operation.CONSTANT ? first : null;
      Node variable = isSecond ? first : second;
      Op op = Op.valueOf(node.operation().name());
      switch (number == null ? null : op) {
        case ADD -> affine(node, variable, 1, number.value());
        case MUL -> affine(node, variable, number.value(), 0);
        case SUB ->
            affine(node, variable, isSecond ? 1 : -1, isSecond ? -number.value() : number.value());
        case null, default -> {
          int[] places = new int[op.arity()];
          for (int i = 0; i < places.length; i++) {
            places[i] = place(node.argument(i));
          }
          finish(node, op, 0, 0, places);
        }
      }
    }

    private void affine(Node node, Node variable, double factor, double term) {
      finish(node, Op.AFFINE, factor, term, place(variable));
    }

    /// Frees what is not used again, and writes the result to a register.
    private void finish(Node node, Op op, double alpha, double beta, int... from) {
      for (Node argument : node.arguments()) {
        Node root = root(argument);
        int place = places.getOrDefault(root, 0);
        if (uses.merge(root, -1, Integer::sum) == 0 && place < 0) {
          free.addFirst(place);
        }
      }
      int to = free.removeFirst();
      places.put(node, to);
      emitTo(to, op, alpha, beta, from);
    }

    private void emitTo(int to, Op op, double alpha, double beta, int... from) {
      instructions.add(
          new Instruction(
              op,
              to,
              from.length > 0 ? from[0] : 0,
              from.length > 1 ? from[1] : 0,
              from.length > 2 ? from[2] : 0,
              (float) alpha,
              (float) beta));
    }

    /// Where a value is.
    private int place(Node given) {
      Node node = root(given);
      String letter = node.name().substring(node.name().indexOf('_') + 1);
      return switch (node.operation()) {
        case PRODUCT -> gates.indexOf(letter);
        case STATE -> gates.size() + STATES.indexOf(letter);
        case VECTOR -> gates.size() + STATES.size() + peepholes.indexOf(letter);
        case CONSTANT -> places.computeIfAbsent(node, any -> fill(node.value()));
        default -> places.get(node);
      };
    }

    private int fill(double value) {
      int to = free.removeFirst();
      emitTo(to, Op.FILL, value, 0);
      return to;
    }
  }
}
