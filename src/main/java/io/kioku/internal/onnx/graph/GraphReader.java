package io.kioku.internal.onnx.graph;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.proto.AttributeMessage;
import io.kioku.internal.onnx.proto.FunctionMessage;
import io.kioku.internal.onnx.proto.GraphMessage;
import io.kioku.internal.onnx.proto.ModelMessage;
import io.kioku.internal.onnx.proto.ModelMessage.OperatorSet;
import io.kioku.internal.onnx.proto.NodeMessage;
import io.kioku.internal.onnx.proto.TensorMessage;
import io.kioku.internal.onnx.proto.TypeMessage;
import io.kioku.internal.onnx.proto.TypeMessage.Kind;
import io.kioku.internal.onnx.proto.ValueMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Turns a model's messages into a [Graph].
public final class GraphReader {
  private final TensorReader tensors;
  private final Symbols symbols;
  private final List<String> refusals;
  private ModelFunctions functions;
  private boolean lacksData;

  /// @param refusals takes what cannot be, one line each
  public GraphReader(TensorReader tensors, Symbols symbols, List<String> refusals) {
    this.tensors = tensors;
    this.symbols = symbols;
    this.refusals = refusals;
  }

  /// The main graph.
  public Graph read(ModelMessage model) {
    Map<String, Integer> versions = versions(model.operatorSets());
    functions = new ModelFunctions(model.functions());
    if (model.graph() == null) {
      refusals.add("there is no graph: is it an ONNX model?");
      return new Graph("", List.of(), List.of(), List.of(), Map.of());
    }
    if (!versions.containsKey("")) {
      refusals.add("the model does not say which operator set it uses");
    }
    return graph(model.graph(), versions);
  }

  /// Whether the values of some initializer could not be read.
  public boolean lacksData() {
    return lacksData;
  }

  private Map<String, Integer> versions(List<OperatorSet> sets) {
    Map<String, Integer> versions = new HashMap<>();
    for (OperatorSet set : sets) {
      String domain = domain(set.domain());
      if (domain.isEmpty() && set.version() < 1) {
        refusals.add("operator set %d is used, expected 1 or later".formatted(set.version()));
      }
      versions.put(domain, Math.clamp(set.version(), 0, Integer.MAX_VALUE));
    }
    return versions;
  }

  private static String domain(String name) {
    return name.equals("ai.onnx") ? "" : name;
  }

  private Graph graph(GraphMessage proto, Map<String, Integer> versions) {
    Map<String, Constant> initializers = new LinkedHashMap<>();
    for (TensorMessage tensor : proto.initializers()) {
      try {
        if (initializers.put(tensor.name(), tensors.constant(tensor)) != null) {
          refusals.add("there are two initializers '%s'".formatted(tensor.name()));
        }
      } catch (Refusal e) {
        lacksData = true;
        if (!refusals.contains(
            e.getMessage())) { // many tensors may lie in a file that is not there
          refusals.add(e.getMessage());
        }
      }
    }
    if (proto.hasSparseInitializers()) {
      refusals.add("sparse initializers are not supported");
    }
    List<GraphNode> nodes = new ArrayList<>();
    for (NodeMessage node : proto.nodes()) {
      add(node, versions, nodes);
    }
    List<ValueInfo> inputs = new ArrayList<>();
    for (ValueMessage input : proto.inputs()) {
      if (!initializers.containsKey(input.name())) {
        inputs.add(info(input));
      }
    }
    List<ValueInfo> outputs = new ArrayList<>();
    for (ValueMessage output : proto.outputs()) {
      outputs.add(info(output));
    }
    return new Graph(proto.name(), nodes, inputs, outputs, initializers);
  }

  private ValueInfo info(ValueMessage value) {
    String name = value.name();
    TypeMessage type = value.type();
    boolean isSequence = type.kind() == Kind.SEQUENCE;
    if (isSequence) {
      type = type.element();
    }
    if (type == null || type.kind() == Kind.OPEN) {
      return new ValueInfo(name, null, null, isSequence);
    }
    if (type.kind() != Kind.TENSOR) {
      refusals.add(
          "'%s' is a %s%s, expected a tensor"
              .formatted(name, isSequence ? "SEQUENCE of " : "", type.kind()));
      return new ValueInfo(name, null, null);
    }
    return new ValueInfo(
        name, element(name, type), isSequence ? null : dims(name, type), isSequence);
  }

  private ElementType element(String name, TypeMessage type) {
    if (type.dataType() == 0) { // it is open
      return null;
    }
    ElementType element = ElementType.ofCode(type.dataType()).orElse(null);
    if (element == null) {
      refusals.add(
          "'%s' has element type %s, which is not supported"
              .formatted(name, TensorMessage.typeName(type.dataType())));
    }
    return element;
  }

  private long[] dims(String name, TypeMessage type) {
    if (type.dims() == null) {
      return null;
    }
    long[] dims = new long[type.dims().size()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = dim(name, type.dims().get(i));
    }
    return dims;
  }

  private long dim(String value, TypeMessage.Dim dim) {
    if (dim.name() != null) {
      return symbols.of(dim.name());
    }
    if (dim.size() < -1) {
      refusals.add("'%s' has a dimension of %d".formatted(value, dim.size()));
    }
    // 0 and -1 are how some exporters say that they do not know
    return dim.size() > 0 ? dim.size() : Symbols.UNKNOWN;
  }

  /// Adds a node, or those of the function that it calls.
  private void add(NodeMessage proto, Map<String, Integer> versions, List<GraphNode> nodes) {
    FunctionMessage function = functions.of(proto);
    if (function == null) {
      nodes.add(node(proto, nodes.size(), versions));
      return;
    }
    Map<String, Integer> own = versions(function.operatorSets());
    try {
      for (NodeMessage inner : functions.enter(proto, function)) {
        add(inner, own, nodes);
      }
    } catch (Refusal e) {
      refusals.add("'%s' (%s): %s".formatted(proto.name(), proto.operator(), e.getMessage()));
    } finally {
      functions.exit();
    }
  }

  private GraphNode node(NodeMessage proto, int number, Map<String, Integer> versions) {
    String domain = domain(proto.domain());
    String name = proto.name();
    if (name.isEmpty()) {
      String first = firstNamed(proto.outputs());
      name = first == null ? proto.operator() + " " + number : first;
    }
    if (!versions.containsKey(domain) && !domain.isEmpty()) {
      refusals.add("node '%s' is of domain '%s', which is not imported".formatted(name, domain));
    }
    int version = versions.getOrDefault(domain, 0);
    String problem = domain.isEmpty() ? NewerSets.problem(proto.operator(), version) : null;
    if (problem != null) {
      refusals.add("'%s' (%s): %s".formatted(name, proto.operator(), problem));
    }
    Map<String, Object> attributes = new LinkedHashMap<>();
    for (AttributeMessage attribute : proto.attributes()) {
      try {
        Object value = attribute(attribute, versions);
        attributes.put(attribute.name(), value);
      } catch (Refusal e) {
        refusals.add("'%s' (%s): %s".formatted(name, proto.operator(), e.getMessage()));
      }
    }
    return new GraphNode(
        name,
        domain,
        proto.operator(),
        version,
        withoutTail(proto.inputs()),
        List.copyOf(proto.outputs()),
        new Attributes(attributes));
  }

  private static String firstNamed(List<String> names) {
    for (String name : names) {
      if (!name.isEmpty()) {
        return name;
      }
    }
    return null;
  }

  /// Inputs that are left out at the end are as good as none.
  private static List<String> withoutTail(List<String> names) {
    int count = names.size();
    while (count > 0 && names.get(count - 1).isEmpty()) {
      count--;
    }
    return List.copyOf(names.subList(0, count));
  }

  private Object attribute(AttributeMessage message, Map<String, Integer> versions) {
    return switch (message.type()) {
      case INT -> message.whole();
      case FLOAT -> message.real();
      case STRING -> message.text();
      case TENSOR -> tensors.constant(present(message, message.tensor()));
      case GRAPH -> graph(present(message, message.graph()), versions);
      case INTS -> message.wholes();
      case FLOATS -> message.reals();
      case STRINGS -> message.texts();
      default ->
          throw new Refusal(
              "attribute %s is of type %s, which is not supported"
                  .formatted(message.name(), message.type()));
    };
  }

  private static <T> T present(AttributeMessage message, T value) {
    if (value == null) {
      throw new Refusal("attribute %s has no %s".formatted(message.name(), message.type()));
    }
    return value;
  }
}
