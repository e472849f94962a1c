package io.kioku.cell;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The nodes of a cell while it is read: equal expressions become one node.
final class NodeGraph {
  private final Map<String, Node> known = new HashMap<>(); // by what they compute
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Node, Token> places = new HashMap<>();

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

  /// A factor of all elements comes out of a product, so that it hides no argument.
  Node product(Token matrix, Node argument) {
    if (argument.operation() == Operation.MUL
        && argument.argument(0).operation() == Operation.CONSTANT) {
      return node(Operation.MUL, argument.argument(0), product(matrix, argument.argument(1)));
    }
    return at(matrix, intern(Operation.PRODUCT, matrix.text(), 0, List.of(argument)));
  }

  /// Remembers where a product or function is written; where it is first, if more than once.
  Node at(Token place, Node node) {
    places.putIfAbsent(node, place);
    return node;
  }

  /// Where a product or function is written.
  Token place(Node node) {
    return places.get(node);
  }

  /// A normalisation over some values.
  Node norm(List<Node> arguments, double epsilon) {
    return intern(Operation.NORM, "", epsilon, List.copyOf(arguments));
  }

  /// An element-wise operation; one of constants is computed here and now.
  Node node(Operation operation, Node... arguments) {
    boolean constant = true;
    for (Node argument : arguments) {
      constant &= argument.operation() == Operation.CONSTANT;
    }
    if (constant) {
      double second = arguments.length > 1 ? arguments[1].value() : 0;
      return constant(operation.apply(arguments[0].value(), second));
    }
    return intern(operation, "", 0, List.of(arguments));
  }

  Node times(double factor, Node a) {
    return node(Operation.MUL, constant(factor), a);
  }

  Node atLeast(Node a, double limit) {
    return node(Operation.MAX, a, constant(limit));
  }

  Node atMost(Node a, double limit) {
    return node(Operation.MIN, a, constant(limit));
  }

  private Node intern(Operation operation, String name, double value, List<Node> arguments) {
    StringBuilder text = new StringBuilder(operation.name());
    text.append(' ').append(name).append(' ').append(value);
    for (Node argument : arguments) {
      text.append(' ').append(argument.id());
    }
    String key = text.toString();
    Node node = known.get(key);
    if (node == null) {
      node = new Node(nodes.size(), operation, name, value, arguments);
      nodes.add(node);
      known.put(key, node);
    }
    return node;
  }
}
