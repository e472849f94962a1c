package io.kioku.internal.backend.libkioku;

import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import io.kioku.cell.Uses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/// The gates of a cell: sums of matrix products and biases, which products accumulate in place.
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
      List<Node> arguments = new ArrayList<>();
      for (Node product : products) {
        arguments.add(product.argument(0));
      }
      return arguments;
    }
  }

  private final Map<Node, Gate> gates = new LinkedHashMap<>();
  private final List<Map<Node, Integer>> offsets = new ArrayList<>(); // by module
  private final List<Node> ordered;
  private final Set<Node> absorbed = new HashSet<>();
  private int blocks;

  /// @param units how many units and blocks values have
  /// @param live the values that are computed
  /// @param uses how often each is used
  GateMap(Units units, List<Node> live, int[] uses) {
    for (Node node : live.reversed()) { // sums before their terms
      if (!absorbed.contains(node)) {
        if (node.operation() == Operation.ADD) {
          addSum(node, uses);
        } else if (node.operation() == Operation.PRODUCT) {
          gates.put(node, new Gate(List.of(node), List.of(), List.of()));
        }
      }
    }
    this.ordered = new ArrayList<>(gates.keySet());
    ordered.sort(this::compare);
    for (int module = 0; module < units.modules(); module++) {
      place(units);
    }
  }

  /// The gate that begins a value; null if the value is none.
  Gate of(Node node) {
    return gates.get(node);
  }

  /// The gate to which a matrix belongs, by the matrix's name.
  Node withMatrix(String matrix) {
    for (Node gate : ordered) {
      for (Node product : gates.get(gate).products()) {
        if (product.name().equals(matrix)) {
          return gate;
        }
      }
    }
    throw new NoSuchElementException(matrix);
  }

  /// The first block of a module's plane of a gate.
  int offset(Node gate, int module) {
    return offsets.get(module).get(gate);
  }

  /// The names of the vectors that a gate begins with.
  List<String> biasNames(Node gate) {
    List<String> names = new ArrayList<>();
    for (Node bias : gates.get(gate).biases()) {
      names.add(bias.name());
    }
    return names;
  }

  /// Whether a node is part of a gate and has no value of its own.
  boolean isAbsorbed(Node node) {
    return absorbed.contains(node);
  }

  /// The values that are gates, in the order of their planes.
  List<Node> ordered() {
    return ordered;
  }

  /// Blocks of all planes.
  int blocks() {
    return blocks;
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

  /// By size; first what the input adds to, ordered by its second argument, then the others by
  /// their first: with one recurrent argument, both its gates and the input's are without gaps.
  private int compare(Node a, Node b) {
    if (a.size() != b.size()) {
      return a.size().compareTo(b.size());
    }
    if (hasInput(a) != hasInput(b)) {
      return hasInput(a) ? -1 : 1;
    }
    int byArgument = Integer.compare(recurrentArgument(a), recurrentArgument(b));
    return byArgument != 0 ? byArgument : Integer.compare(a.id(), b.id());
  }

  private void place(Units units) {
    Map<Node, Integer> offset = new HashMap<>();
    for (Node gate : ordered) {
      offset.put(gate, blocks);
      blocks = Math.addExact(blocks, units.blocks(units.of(gate)));
    }
    offsets.add(offset);
  }

  private boolean hasInput(Node gate) {
    for (Node argument : gates.get(gate).arguments()) {
      if (argument.operation() == Operation.INPUT) {
        return true;
      }
    }
    return false;
  }

  /// The lowest number of one; -1 if there is none.
  private int recurrentArgument(Node gate) {
    int lowest = -1;
    for (Node argument : gates.get(gate).arguments()) {
      boolean isFirst = lowest < 0 || argument.id() < lowest;
      if (argument.operation() != Operation.INPUT && isFirst) {
        lowest = argument.id();
      }
    }
    return lowest;
  }
}
