package io.kioku.cell;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// One value of a cell's equations: an operation on the values before it. The nodes of a cell form
/// a graph without cycles in which equal subexpressions are one node; [#id] numbers them so that
/// arguments come before their users.
public final class Node {
  private static final int SHOWN_DEPTH = 2;

  private final int id;
  private final Operation operation;
  private final String name;
  private final double value;
  private final List<Node> arguments;
  private Size size;

  Node(int id, Operation operation, String name, double value, List<Node> arguments) {
    this.id = id;
    this.operation = operation;
    this.name = name;
    this.value = value;
    this.arguments = arguments;
  }

  /// The position in [Cell#nodes()].
  public int id() {
    return id;
  }

  /// What is computed.
  public Operation operation() {
    return operation;
  }

  /// The state, vector or matrix that the operation names; empty for all others.
  public String name() {
    return name;
  }

  /// The number of a [Operation#CONSTANT], the epsilon of a [Operation#NORM]; 0 for all others.
  public double value() {
    return value;
  }

  /// The operands, in the order of the text.
  public List<Node> arguments() {
    return arguments;
  }

  /// The operand at a position.
  public Node argument(int index) {
    return arguments.get(index);
  }

  /// How many elements the value has. A constant takes the size of what it meets; by itself it
  /// counts as `H`.
  public Size size() {
    return size;
  }

  void size(Size newSize) {
    size = newSize;
  }

  /// The expression, cut off where it is deep.
  @Override
  public String toString() {
    return text(SHOWN_DEPTH);
  }

  private String text(int depth) {
    return switch (operation) {
      case INPUT -> "x";
      case SCORE -> CellParser.SCORE;
      case BELOW -> CellParser.BELOW + "(" + name + ")";
      case STATE, VECTOR -> name;
      case CONSTANT -> Double.toString(value);
      default -> {
        String symbol =
            operation == Operation.PRODUCT ? name : operation.name().toLowerCase(Locale.ROOT);
        String inner =
            depth == 0
                ? "…"
                : arguments.stream().map(a -> a.text(depth - 1)).collect(Collectors.joining(", "));
        boolean isUsual = operation != Operation.NORM || value == Operation.EPSILON;
        yield symbol + "(" + inner + (isUsual ? "" : ", eps=" + value) + ")";
      }
    };
  }
}
