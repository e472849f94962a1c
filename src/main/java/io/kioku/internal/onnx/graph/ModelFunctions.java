package io.kioku.internal.onnx.graph;

import io.kioku.internal.onnx.proto.AttributeMessage;
import io.kioku.internal.onnx.proto.FunctionMessage;
import io.kioku.internal.onnx.proto.GraphMessage;
import io.kioku.internal.onnx.proto.NodeMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A model's own functions: each call is replaced by the function's nodes, under names of their
/// own.
///
/// Source: `FunctionProto` of the [ONNX
/// specification](https://github.com/onnx/onnx/blob/main/docs/IR.md#functions).
final class ModelFunctions {
  /// Calls in calls: none may call itself, but a file can claim it.
  private static final int DEEPEST = 64;

  /// Functions that call others twice double with each level.
  private static final int MOST_CALLS = 100_000;

  private final Map<String, FunctionMessage> functions = new HashMap<>();
  private int depth;
  private int calls;
  private boolean ended;

  ModelFunctions(List<FunctionMessage> all) {
    for (FunctionMessage function : all) {
      functions.put(key(function.domain(), function.name()), function);
    }
  }

  private static String key(String domain, String name) {
    return (domain.equals("ai.onnx") ? "" : domain) + ":" + name;
  }

  /// The function that a node calls; null if it is an operator.
  FunctionMessage of(NodeMessage node) {
    return functions.get(key(node.domain(), node.operator()));
  }

  /// Begins a call.
  ///
  /// @return what the function's nodes are in its place
  /// @throws Refusal if there are too many
  List<NodeMessage> enter(NodeMessage call, FunctionMessage function) {
    calls++;
    depth++;
    if (ended) {
      return List.of(); // one message is enough
    }
    if (depth > DEEPEST || calls > MOST_CALLS) {
      ended = true;
      throw new Refusal(
          "the model's functions call each other more than %s"
              .formatted(depth > DEEPEST ? DEEPEST + " deep" : MOST_CALLS + " times"));
    }
    return new Call(call, function, calls).nodes();
  }

  /// Ends a call.
  void exit() {
    depth--;
  }

  /// One call's names and attributes.
  private static final class Call {
    private final FunctionMessage function;
    private final String prefix;
    private final Map<String, String> values = new HashMap<>();
    private final Map<String, AttributeMessage> attributes = new HashMap<>();

    Call(NodeMessage call, FunctionMessage function, int number) {
      this.function = function;
      this.prefix = call.operator() + "." + number + "/";
      values.put("", "");
      bind(function.inputs(), call.inputs());
      bind(function.outputs(), call.outputs());
      function.inputs().forEach(input -> values.putIfAbsent(input, "")); // left out
      function.defaults().forEach(given -> attributes.put(given.name(), given));
      call.attributes().forEach(given -> attributes.put(given.name(), given));
    }

    private void bind(List<String> formal, List<String> actual) {
      if (actual.size() > formal.size()) {
        throw new Refusal(
            "function %s has %d inputs or outputs, %d were given"
                .formatted(function.name(), formal.size(), actual.size()));
      }
      for (int i = 0; i < formal.size(); i++) {
        if (i < actual.size() && !actual.get(i).isEmpty()) {
          values.put(formal.get(i), actual.get(i));
        }
      }
    }

    List<NodeMessage> nodes() {
      return function.nodes().stream().map(this::node).toList();
    }

    private String value(String name) {
      return values.computeIfAbsent(name, own -> prefix + own);
    }

    private NodeMessage node(NodeMessage node) {
      List<AttributeMessage> given = new ArrayList<>();
      for (AttributeMessage attribute : node.attributes()) {
        if (attribute.reference().isEmpty()) {
          given.add(
              attribute.graph() == null ? attribute : attribute.with(graph(attribute.graph())));
        } else if (attributes.containsKey(attribute.reference())) {
          given.add(attributes.get(attribute.reference()).named(attribute.name()));
        }
      }
      return new NodeMessage(
          node.name().isEmpty() ? "" : prefix + node.name(),
          node.domain(),
          node.operator(),
          node.inputs().stream().map(this::value).toList(),
          node.outputs().stream().map(this::value).toList(),
          given);
    }

    private GraphMessage graph(GraphMessage graph) {
      return new GraphMessage(
          graph.name(),
          graph.nodes().stream().map(this::node).toList(),
          graph.inputs().stream().map(info -> info.named(value(info.name()))).toList(),
          graph.outputs().stream().map(info -> info.named(value(info.name()))).toList(),
          graph.initializers().stream().map(t -> t.named(value(t.name()))).toList(),
          graph.hasSparseInitializers());
    }
  }
}
