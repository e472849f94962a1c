package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.List;
import java.util.Set;

/// What nodes that are given states have in common.
final class CarriedStates {
  private CarriedStates() {}

  /// Refuses steps that are not one by one what they are in the whole.
  static void checkPlain(Axis time) {
    Atom single = time.single();
    if (single == null) {
      throw new Refusal("its steps are a product of time and another dimension");
    }
    if (!single.isPlain()) {
      throw new Refusal(
          "it takes %d steps more than there are: windows or padding before it have added them"
              .formatted(single.extra()));
    }
  }

  static GraphNode with(GraphNode old, List<String> inputs, List<String> outputs) {
    return new GraphNode(
        old.name(),
        old.domain(),
        old.operator(),
        old.version(),
        List.copyOf(inputs),
        List.copyOf(outputs),
        old.attributes());
  }

  /// An output's name; one that nobody wanted gets one.
  static String output(NodeFacts node, List<String> outputs, int index, String what) {
    String name = index < outputs.size() ? outputs.get(index) : "";
    if (name.isEmpty()) {
      name = node.changes().name(node.node(), what + "_last");
      set(outputs, index, name);
    }
    return name;
  }

  static void set(List<String> names, int index, String name) {
    while (names.size() <= index) {
      names.add("");
    }
    names.set(index, name);
  }

  static boolean isBound(NodeFacts node, int input, Set<String> bound) {
    return node.has(input) && bound.contains(node.node().inputs().get(input));
  }

  /// What a state begins with; null: zero, or what a state that is bound holds.
  static Constant initial(NodeFacts node, int input, Set<String> bound) {
    if (!node.has(input) || isBound(node, input, bound)) {
      return null;
    }
    Constant fill = node.fact(input).fill();
    if (fill == null) {
      throw new Refusal(
          "it begins with '%s', which is no constant: if it is an input that carries a state, bind it"
              .formatted(node.node().inputs().get(input)));
    }
    return Fills.isZero(fill) ? null : fill;
  }
}
