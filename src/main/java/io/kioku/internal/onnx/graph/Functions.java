package io.kioku.internal.onnx.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A model's own functions: each call is replaced by the function's nodes, under names of their
/// own.
///
/// Source: `FunctionProto` of the [ONNX
/// specification](https://github.com/onnx/onnx/blob/main/docs/IR.md#functions).
final class Functions {
  /// Calls in calls: none may call itself, but a file can claim it.
  private static final int DEEPEST = 64;

  /// Functions that call others twice double with each level.
  private static final int MOST_CALLS = 100_000;

  private final Map<String, FunctionProto> functions = new HashMap<>();
  private int depth;
  private int calls;
  private boolean ended;

  Functions(List<FunctionProto> all) {
    for (FunctionProto function : all) {
      functions.put(key(function.getDomain(), function.getName()), function);
    }
  }

  private static String key(String domain, String name) {
    return (domain.equals("ai.onnx") ? "" : domain) + ":" + name;
  }

  /// The function that a node calls; null if it is an operator.
  FunctionProto of(NodeProto node) {
    return functions.get(key(node.getDomain(), node.getOpType()));
  }

  /// Begins a call.
  ///
  /// @return what the function's nodes are in its place
  /// @throws Refusal if there are too many
  List<NodeProto> enter(NodeProto call, FunctionProto function) {
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
    private final FunctionProto function;
    private final String prefix;
    private final Map<String, String> values = new HashMap<>();
    private final Map<String, AttributeProto> attributes = new HashMap<>();

    Call(NodeProto call, FunctionProto function, int number) {
      this.function = function;
      this.prefix = call.getOpType() + "." + number + "/";
      values.put("", "");
      bind(function.getInputList(), call.getInputList());
      bind(function.getOutputList(), call.getOutputList());
      function.getInputList().forEach(input -> values.putIfAbsent(input, "")); // left out
      function.getAttributeProtoList().forEach(given -> attributes.put(given.getName(), given));
      call.getAttributeList().forEach(given -> attributes.put(given.getName(), given));
    }

    private void bind(List<String> formal, List<String> actual) {
      if (actual.size() > formal.size()) {
        throw new Refusal(
            "function %s has %d inputs or outputs, %d were given"
                .formatted(function.getName(), formal.size(), actual.size()));
      }
      for (int i = 0; i < formal.size(); i++) {
        if (i < actual.size() && !actual.get(i).isEmpty()) {
          values.put(formal.get(i), actual.get(i));
        }
      }
    }

    List<NodeProto> nodes() {
      return function.getNodeList().stream().map(this::node).toList();
    }

    private String value(String name) {
      return values.computeIfAbsent(name, own -> prefix + own);
    }

    private NodeProto node(NodeProto node) {
      NodeProto.Builder result = node.toBuilder();
      result.setName(node.getName().isEmpty() ? "" : prefix + node.getName());
      result.clearInput().addAllInput(node.getInputList().stream().map(this::value).toList());
      result.clearOutput().addAllOutput(node.getOutputList().stream().map(this::value).toList());
      result.clearAttribute();
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.getRefAttrName().isEmpty()) {
          result.addAttribute(attribute(attribute));
        } else if (attributes.containsKey(attribute.getRefAttrName())) {
          result.addAttribute(
              attributes.get(attribute.getRefAttrName()).toBuilder().setName(attribute.getName()));
        }
      }
      return result.build();
    }

    private AttributeProto attribute(AttributeProto attribute) {
      return attribute.hasG()
          ? attribute.toBuilder().setG(graph(attribute.getG())).build()
          : attribute;
    }

    private GraphProto graph(GraphProto graph) {
      GraphProto.Builder result = graph.toBuilder();
      result.clearNode().addAllNode(graph.getNodeList().stream().map(this::node).toList());
      result.getInputBuilderList().forEach(info -> info.setName(value(info.getName())));
      result.getOutputBuilderList().forEach(info -> info.setName(value(info.getName())));
      result.getInitializerBuilderList().forEach(tensor -> tensor.setName(value(tensor.getName())));
      return result.build();
    }
  }
}
