package io.kioku.cell;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Gives every node its size. What is combined element by element has one size; a state has the
/// size of its next value. Then
///
/// - what is combined with the output `h` has its size, and so has `x` if it is among them;
/// - what is else combined with `x` has the input's;
/// - all else has H, and the output too, unless another state is among all else: then the output is
///   a projection, of a size of its own.
///
/// Scores and clocks are numbers, which combine with any size.
final class Sizes {
  private final CellParser cell;
  private final List<Node> nodes;
  private final Map<String, Node> updates;
  private final int[] parent; // a forest with one tree for each size

  /// @param updates each state's next value
  Sizes(CellParser cell, Map<String, Node> updates) {
    this.cell = cell;
    this.nodes = cell.graph().nodes();
    this.updates = updates;
    this.parent = new int[nodes.size()];
    for (int i = 0; i < parent.length; i++) {
      parent[i] = i;
    }
  }

  /// Sets the sizes of all nodes.
  ///
  /// @throws EquationException if they do not fit
  void infer() {
    boolean[] number = numbers();
    for (Node node : nodes) {
      if (node.operation() == Operation.NORM) {
        checkNorm(node, number);
      }
      if (number[node.id()]) {
        node.size(Size.ONE);
      }
    }
    for (String state : updates.keySet()) {
      Node update = updates.get(state);
      Node value = update.operation() == Operation.CLOCKED ? update.argument(0) : update;
      if (number[value.id()] && value.operation() != Operation.TICK) {
        throw cell.error(
            cell.left(state + "'"),
            "%s' is one number, not a vector: combine it with one".formatted(state));
      }
    }
    unite(number);
    int output = root(updates.get("h"));
    int input = -1;
    for (Node node : nodes) {
      input = node.operation() == Operation.INPUT ? root(node) : input;
    }
    boolean projected = false;
    for (Node update : updates.values()) {
      projected |= !number[update.id()] && root(update) != output && root(update) != input;
    }
    for (Node node : nodes) {
      if (!number[node.id()]) {
        int root = root(node);
        node.size(
            root == output
                ? projected ? Size.PROJECTED : Size.HIDDEN
                : root == input ? Size.INPUT : Size.HIDDEN);
      }
    }
    checkMatrices();
  }

  private void checkNorm(Node norm, boolean[] number) {
    for (Node argument : norm.arguments()) {
      if (number[argument.id()] || argument.operation() == Operation.CONSTANT) {
        throw error(norm, "norm takes vectors, and %s is one number".formatted(argument));
      }
    }
  }

  /// Which nodes are one number for each stream.
  private boolean[] numbers() {
    boolean[] number = new boolean[nodes.size()];
    for (Node node : nodes) {
      number[node.id()] =
          switch (node.operation()) {
            case SCORE, TICK -> true;
            case STATE -> updates.get(node.name()).operation() == Operation.TICK;
            case INPUT, BELOW, VECTOR, CONSTANT, PRODUCT -> false;
            default -> isOfNumbers(node, number);
          };
    }
    return number;
  }

  /// Whether one argument is a number and no other is a vector.
  private static boolean isOfNumbers(Node node, boolean[] number) {
    boolean isOne = false;
    for (Node argument : node.arguments()) {
      if (!number[argument.id()] && argument.operation() != Operation.CONSTANT) {
        return false;
      }
      isOne |= number[argument.id()];
    }
    return isOne;
  }

  private void unite(boolean[] number) {
    for (Node node : nodes) {
      switch (node.operation()) {
        case STATE, BELOW -> unite(node, updates.get(node.name()));
        case PRODUCT -> {}
        default -> {
          for (Node argument : node.arguments()) {
            if (argument.operation() != Operation.CONSTANT && !number[argument.id()]) {
              unite(argument, node);
            }
          }
        }
      }
    }
  }

  private void unite(Node a, Node b) {
    parent[root(a)] = root(b);
  }

  private int root(Node node) {
    int at = node.id();
    while (parent[at] != at) {
      parent[at] = parent[parent[at]]; // halves the way for the next one
      at = parent[at];
    }
    return at;
  }

  private void checkMatrices() {
    Map<String, Node> matrices = new LinkedHashMap<>();
    for (Node node : nodes) {
      if (node.operation() == Operation.PRODUCT) {
        if (node.argument(0).size() == Size.ONE) {
          throw error(node, "the matrix %s multiplies a number".formatted(node.name()));
        }
        Node first = matrices.putIfAbsent(node.name(), node);
        if (first != null
            && (first.argument(0).size() != node.argument(0).size()
                || first.size() != node.size())) {
          throw error(
              first,
              "%s multiplies vectors of different sizes, %s of %s and %s of %s: use two matrices"
                  .formatted(
                      node.name(),
                      first.argument(0),
                      first.argument(0).size(),
                      node.argument(0),
                      node.argument(0).size()));
        }
      }
    }
  }

  private EquationException error(Node at, String problem) {
    return cell.error(cell.graph().place(at), problem);
  }
}
