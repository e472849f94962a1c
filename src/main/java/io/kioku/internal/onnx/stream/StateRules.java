package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Graph;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What becomes of nodes that carry something from step to step: it becomes a state of the graph.
final class StateRules {
  private StateRules() {}

  /// The facts of a node's outputs; null if this is none of the operators here.
  ///
  /// @param bound inputs of the graph that are states already
  /// @throws Refusal if it cannot be carried on
  static List<Fact> of(NodeFacts node, Set<String> bound) {
    return switch (node.node().operator()) {
      case "LSTM", "DynamicQuantizeLSTM" -> RecurrentRules.recurrent(node, bound, "h", "c");
      case "GRU", "RNN" -> RecurrentRules.recurrent(node, bound, "h");
      case "Scan" -> ScanRules.scan(node, bound);
      case "CumSum" -> PrefixRules.cumSum(node);
      case "Concat" -> PrefixRules.concat(node, bound);
      case "Pad" -> PrefixRules.pad(node);
      case "Slice" -> SliceRules.slice(node);
      default -> null;
    };
  }

  /// The values around a node's graphs that they read.
  static Set<String> captured(GraphNode node) {
    Set<String> names = new HashSet<>();
    for (Graph graph : node.attributes().graphs()) {
      Set<String> own = new HashSet<>(graph.initializers().keySet());
      graph.inputs().forEach(input -> own.add(input.name()));
      graph.nodes().forEach(inner -> own.addAll(inner.outputs()));
      Set<String> read = new HashSet<>();
      for (GraphNode inner : graph.nodes()) {
        read.addAll(inner.inputs());
        read.addAll(captured(inner));
      }
      graph.outputs().forEach(output -> read.add(output.name()));
      read.removeAll(own);
      names.addAll(read);
    }
    names.remove("");
    return names;
  }
}
