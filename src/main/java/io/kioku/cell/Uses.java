package io.kioku.cell;

import java.util.ArrayList;
import java.util.List;

/// How often the values of a cell are used, and the chains that single use allows to be reordered.
public final class Uses {
  private Uses() {}

  /// For each node, how many arguments of needed nodes and updates of states it is.
  public static int[] count(Cell cell) {
    return count(cell, List.of());
  }

  /// The same where some values are wanted for themselves, which is one use more of each.
  public static int[] count(Cell cell, List<Node> wanted) {
    int[] uses = new int[cell.nodes().size()];
    List<Node> roots = new ArrayList<>(wanted);
    for (String state : cell.states()) {
      roots.add(cell.update(state));
    }
    for (Node root : roots) {
      uses[root.id()]++;
    }
    for (Node node : cell.needed(roots)) {
      for (Node argument : node.arguments()) {
        uses[argument.id()]++;
      }
    }
    return uses;
  }

  /// The terms of a sum (or of another operation that commutes) through all inner sums that nothing
  /// else uses.
  public static List<Node> terms(Node sum, int[] uses) {
    List<Node> terms = new ArrayList<>();
    for (Node argument : sum.arguments()) {
      if (argument.operation() == sum.operation() && uses[argument.id()] == 1) {
        terms.addAll(terms(argument, uses));
      } else {
        terms.add(argument);
      }
    }
    return terms;
  }
}
