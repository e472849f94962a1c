package io.kioku.cell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/// The nodes of a cell while it is read: equal expressions become one node, and sizes follow from
/// use.
final class NodeGraph {
  private record Key(Operation operation, String name, double value, List<Integer> arguments) {}

  private final Map<Key, Node> known = new HashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  List<Node> nodes() {
    return List.copyOf(nodes);
  }

  int size() {
    return nodes.size();
  }

  Node leaf(Operation operation, String name) {
    return intern(operation, name, 0, List.of());
  }

  Node constant(double value) {
    return intern(Operation.CONSTANT, "", value, List.of());
  }

  Node product(String matrix, Node argument) {
    return intern(Operation.PRODUCT, matrix, 0, List.of(argument));
  }

  /// An element-wise operation; one of constants is computed here and now.
  Node node(Operation operation, Node... arguments) {
    boolean constant = Arrays.stream(arguments).allMatch(a -> a.operation() == Operation.CONSTANT);
    if (constant) {
      double[] values = Arrays.stream(arguments).mapToDouble(Node::value).toArray();
      return constant(operation.apply(values[0], values.length > 1 ? values[1] : 0));
    }
    return intern(operation, "", 0, List.of(arguments));
  }

  private Node intern(Operation operation, String name, double value, List<Node> arguments) {
    Key key = new Key(operation, name, value, arguments.stream().map(Node::id).toList());
    Node node = known.get(key);
    if (node == null) {
      node = new Node(nodes.size(), operation, name, value, arguments);
      nodes.add(node);
      known.put(key, node);
    }
    return node;
  }

  /// Gives every node its size. What is combined element by element has one size; what is combined
  /// with `x` has the input's, and all else the layer's. Where `x` meets a state, both sizes are
  /// one: the layer's. The error is made from a matrix' name and what is wrong with it.
  void inferSizes(Collection<Node> updates, BiFunction<String, String, EquationException> error) {
    int input = leaf(Operation.INPUT, "").id();
    int[] parent = combined();
    Predicate<Node> withInput = node -> root(parent, node.id()) == root(parent, input);
    boolean one =
        nodes.stream().filter(n -> n.operation() == Operation.STATE).anyMatch(withInput)
            || updates.stream().anyMatch(withInput);
    nodes.forEach(n -> n.size(withInput.test(n) && !one ? Size.INPUT : Size.HIDDEN));
    checkMatrices(error);
  }

  /// Nodes that are combined element by element, as a forest with one tree for each size.
  private int[] combined() {
    int[] parent = new int[nodes.size()];
    Arrays.setAll(parent, i -> i);
    for (Node node : nodes) {
      if (node.operation() != Operation.PRODUCT) {
        node.arguments().stream()
            .filter(a -> a.operation() != Operation.CONSTANT)
            .forEach(a -> parent[root(parent, a.id())] = root(parent, node.id()));
      }
    }
    return parent;
  }

  private void checkMatrices(BiFunction<String, String, EquationException> error) {
    Map<String, Node> matrices = new LinkedHashMap<>();
    for (Node node : nodes) {
      if (node.operation() == Operation.PRODUCT) {
        Node first = matrices.putIfAbsent(node.name(), node);
        if (first != null
            && (first.argument(0).size() != node.argument(0).size()
                || first.size() != node.size())) {
          throw error.apply(
              node.name(),
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

  private static int root(int[] parent, int id) {
    int at = id;
    while (parent[at] != at) {
      at = parent[at];
    }
    return at;
  }
}
