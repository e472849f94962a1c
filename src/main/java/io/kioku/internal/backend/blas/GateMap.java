package io.kioku.internal.backend.blas;

import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.cell.Uses;
import io.kioku.internal.backend.LayerSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The gates of a cell: sums of matrix products and biases, which products can accumulate in place.
///
/// `W_i x + R_i h + b_i` is one gate: the bias is what it starts from, and both products add to the
/// same columns. A product that is used by itself is a gate of its own. Gates lie side by side such
/// that those with the same argument adjoin wherever possible: then one merged product computes
/// them all.
final class GateMap {
  /// @param products what accumulates
  /// @param biases vectors to start from
  /// @param rest terms of the same sum that a program must add
  record Gate(List<Node> products, List<Node> biases, List<Node> rest) {
    /// The arguments of the products.
    List<Node> arguments() {
      return products.stream().map(p -> p.argument(0)).toList();
    }
  }

  private final Map<Node, Gate> gates = new LinkedHashMap<>();
  private final Map<Node, Integer> offsets = new HashMap<>();
  private final Set<Node> absorbed = new HashSet<>();
  private int width;

  /// @param live the values that are computed
  /// @param uses how often each is used
  GateMap(LayerSpec spec, List<Node> live, int[] uses) {
    for (Node node : live.reversed()) { // sums before their terms
      if (!absorbed.contains(node)) {
        if (node.operation() == Operation.ADD) {
          addSum(node, uses);
        } else if (node.operation() == Operation.PRODUCT) {
          gates.put(node, new Gate(List.of(node), List.of(), List.of()));
        }
      }
    }
    place(spec);
  }

  /// The gate that begins a value; null if the value is none.
  Gate of(Node node) {
    return gates.get(node);
  }

  /// The first column of a gate.
  int offset(Node gate) {
    return offsets.get(gate);
  }

  /// Whether a node is part of a gate and has no value of its own.
  boolean isAbsorbed(Node node) {
    return absorbed.contains(node);
  }

  /// The values that are gates, from the first column to the last.
  List<Node> ordered() {
    return gates.keySet().stream().sorted(Comparator.comparingInt(offsets::get)).toList();
  }

  /// Columns of all gates.
  int width() {
    return width;
  }

  private void addSum(Node sum, int[] uses) {
    List<Node> products = new ArrayList<>();
    List<Node> biases = new ArrayList<>();
    List<Node> rest = new ArrayList<>();
    for (Node term : Uses.terms(sum, uses)) {
      boolean own = term.operation() == Operation.PRODUCT && uses[term.id()] == 1;
      (own ? products : term.operation() == Operation.VECTOR ? biases : rest).add(term);
    }
    if (!products.isEmpty()) {
      gates.put(sum, new Gate(products, biases, rest));
      absorbed.addAll(products);
      absorb(sum, uses);
    }
  }

  private void absorb(Node sum, int[] uses) {
    for (Node argument : sum.arguments()) {
      if (argument.operation() == Operation.ADD && uses[argument.id()] == 1) {
        absorbed.add(argument);
        absorb(argument, uses);
      }
    }
  }

  /// First what the input adds to, ordered by its second argument, then the others by their first:
  /// with one recurrent argument, both its gates and the input's are without gaps.
  private void place(LayerSpec spec) {
    Comparator<Node> order =
        Comparator.comparing((Node g) -> !hasInput(g))
            .thenComparingInt(this::recurrentArgument)
            .thenComparingInt(Node::id);
    for (Node gate : gates.keySet().stream().sorted(order).toList()) {
      offsets.put(gate, width);
      width = Math.addExact(width, spec.size(gate));
    }
  }

  private boolean hasInput(Node gate) {
    return gates.get(gate).arguments().stream().anyMatch(a -> a.operation() == Operation.INPUT);
  }

  private int recurrentArgument(Node gate) {
    return gates.get(gate).arguments().stream()
        .filter(a -> a.operation() != Operation.INPUT)
        .mapToInt(Node::id)
        .min()
        .orElse(-1);
  }
}
