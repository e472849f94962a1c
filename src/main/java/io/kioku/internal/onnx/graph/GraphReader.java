package io.kioku.internal.onnx.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.kioku.format.ElementType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Turns a model's protobuf messages into a [Graph].
public final class GraphReader {
  /// The newest operator set that was looked at.
  private static final long NEWEST = 26;

  private final TensorReader tensors;
  private final Symbols symbols;
  private final List<String> refusals;
  private Functions functions;
  private boolean lacksData;

  /// @param refusals takes what cannot be, one line each
  public GraphReader(TensorReader tensors, Symbols symbols, List<String> refusals) {
    this.tensors = tensors;
    this.symbols = symbols;
    this.refusals = refusals;
  }

  /// The main graph.
  public Graph read(ModelProto model) {
    Map<String, Integer> versions = versions(model.getOpsetImportList());
    functions = new Functions(model.getFunctionsList());
    if (!model.hasGraph()) {
      refusals.add("there is no graph: is it an ONNX model?");
    } else if (!versions.containsKey("")) {
      refusals.add("the model does not say which operator set it uses");
    }
    return graph(model.getGraph(), versions);
  }

  /// Whether the values of some initializer could not be read.
  public boolean lacksData() {
    return lacksData;
  }

  private Map<String, Integer> versions(List<OperatorSetIdProto> sets) {
    Map<String, Integer> versions = new HashMap<>();
    for (OperatorSetIdProto set : sets) {
      String domain = domain(set.getDomain());
      if (domain.isEmpty() && (set.getVersion() < 1 || set.getVersion() > NEWEST)) {
        refusals.add(
            "operator set %d is used, expected 1 to %d".formatted(set.getVersion(), NEWEST));
      }
      versions.put(domain, Math.clamp(set.getVersion(), 0, Integer.MAX_VALUE));
    }
    return versions;
  }

  private static String domain(String name) {
    return name.equals("ai.onnx") ? "" : name;
  }

  private Graph graph(GraphProto proto, Map<String, Integer> versions) {
    Map<String, Constant> initializers = new LinkedHashMap<>();
    for (TensorProto tensor : proto.getInitializerList()) {
      try {
        if (initializers.put(tensor.getName(), tensors.constant(tensor)) != null) {
          refusals.add("there are two initializers '%s'".formatted(tensor.getName()));
        }
      } catch (Refusal e) {
        lacksData = true;
        if (!refusals.contains(
            e.getMessage())) { // many tensors may lie in a file that is not there
          refusals.add(e.getMessage());
        }
      }
    }
    if (proto.getSparseInitializerCount() > 0) {
      refusals.add("sparse initializers are not supported");
    }
    List<Node> nodes = new ArrayList<>();
    for (NodeProto node : proto.getNodeList()) {
      add(node, versions, nodes);
    }
    return new Graph(
        proto.getName(),
        nodes,
        proto.getInputList().stream()
            .filter(input -> !initializers.containsKey(input.getName()))
            .map(this::info)
            .toList(),
        proto.getOutputList().stream().map(this::info).toList(),
        initializers);
  }

  private ValueInfo info(ValueInfoProto proto) {
    String name = proto.getName();
    boolean isOpen = proto.getType().getValueCase() == TypeProto.ValueCase.VALUE_NOT_SET;
    if (!isOpen && !proto.getType().hasTensorType()) {
      refusals.add(
          "'%s' is a %s, expected a tensor"
              .formatted(name, proto.getType().getValueCase().name().replace("_TYPE", "")));
      return new ValueInfo(name, null, null);
    }
    var tensor = proto.getType().getTensorType();
    ElementType type = null;
    if (tensor.getElemType() != TensorProto.DataType.UNDEFINED_VALUE) {
      type = ElementType.ofCode(tensor.getElemType()).orElse(null);
      if (type == null) {
        refusals.add(
            "'%s' has element type %s, which is not supported"
                .formatted(name, TensorProto.DataType.forNumber(tensor.getElemType())));
      }
    }
    long[] dims = null;
    if (tensor.hasShape()) {
      dims = tensor.getShape().getDimList().stream().mapToLong(dim -> dim(name, dim)).toArray();
    }
    return new ValueInfo(name, type, dims);
  }

  private long dim(String name, TensorShapeProto.Dimension dim) {
    if (!dim.hasDimValue()) {
      return symbols.of(dim.getDimParam());
    }
    if (dim.getDimValue() < -1) {
      refusals.add("'%s' has a dimension of %d".formatted(name, dim.getDimValue()));
    }
    // 0 and -1 are how some exporters say that they do not know
    return dim.getDimValue() > 0 ? dim.getDimValue() : Symbols.UNKNOWN;
  }

  /// Adds a node, or those of the function that it calls.
  private void add(NodeProto proto, Map<String, Integer> versions, List<Node> nodes) {
    FunctionProto function = functions.of(proto);
    if (function == null) {
      nodes.add(node(proto, nodes.size(), versions));
      return;
    }
    Map<String, Integer> own = versions(function.getOpsetImportList());
    try {
      for (NodeProto inner : functions.enter(proto, function)) {
        add(inner, own, nodes);
      }
    } catch (Refusal e) {
      refusals.add("'%s' (%s): %s".formatted(proto.getName(), proto.getOpType(), e.getMessage()));
    } finally {
      functions.exit();
    }
  }

  private Node node(NodeProto proto, int number, Map<String, Integer> versions) {
    String domain = domain(proto.getDomain());
    String name = proto.getName();
    if (name.isEmpty()) {
      name =
          proto.getOutputList().stream()
              .filter(output -> !output.isEmpty())
              .findFirst()
              .orElse(proto.getOpType() + " " + number);
    }
    if (!versions.containsKey(domain) && !domain.isEmpty()) {
      refusals.add("node '%s' is of domain '%s', which is not imported".formatted(name, domain));
    }
    Map<String, Object> attributes = new LinkedHashMap<>();
    for (AttributeProto attribute : proto.getAttributeList()) {
      try {
        Object value = attribute(attribute, versions);
        attributes.put(attribute.getName(), value);
      } catch (Refusal e) {
        refusals.add("'%s' (%s): %s".formatted(name, proto.getOpType(), e.getMessage()));
      }
    }
    return new Node(
        name,
        domain,
        proto.getOpType(),
        versions.getOrDefault(domain, 0),
        withoutTail(proto.getInputList()),
        List.copyOf(proto.getOutputList()),
        new Attributes(attributes));
  }

  /// Inputs that are left out at the end are as good as none.
  private static List<String> withoutTail(List<String> names) {
    int count = names.size();
    while (count > 0 && names.get(count - 1).isEmpty()) {
      count--;
    }
    return List.copyOf(names.subList(0, count));
  }

  private Object attribute(AttributeProto proto, Map<String, Integer> versions) {
    return switch (proto.getType()) {
      case INT -> proto.getI();
      case FLOAT -> proto.getF();
      case STRING -> proto.getS().toStringUtf8();
      case TENSOR -> tensors.constant(proto.getT());
      case GRAPH -> graph(proto.getG(), versions);
      case INTS -> proto.getIntsList().stream().mapToLong(Long::longValue).toArray();
      case FLOATS -> {
        float[] values = new float[proto.getFloatsCount()];
        for (int i = 0; i < values.length; i++) {
          values[i] = proto.getFloats(i);
        }
        yield values;
      }
      case STRINGS -> proto.getStringsList().stream().map(text -> text.toStringUtf8()).toList();
      default ->
          throw new Refusal(
              "attribute %s is of type %s, which is not supported"
                  .formatted(proto.getName(), proto.getType()));
    };
  }
}
