package io.kioku.internal.onnx.op.composed;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.OperatorContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes the nodes that stand for one node: operators that are others put together need no kernels
/// and no shape inference of their own.
final class Composition {
  /// The operator set of the nodes that are written.
  private static final int VERSION = 20;

  private final GraphNode node;
  private final OperatorContext context;
  private final List<GraphNode> nodes = new ArrayList<>();
  private final String prefix; // of values
  private final Map<String, String> names = new HashMap<>(); // of values that are outputs
  private int values;

  Composition(GraphNode node, OperatorContext context) {
    this.node = node;
    this.context = context;
    prefix = // names of outputs are unique, those of nodes need not be
        node.outputs().stream().filter(name -> !name.isEmpty()).findFirst().orElse(node.name());
  }

  /// What was written. Values that are outputs have their names.
  List<GraphNode> nodes() {
    return nodes.stream().map(this::renamed).toList();
  }

  private GraphNode renamed(GraphNode part) {
    return new GraphNode(
        part.name(),
        part.domain(),
        part.operator(),
        part.version(),
        part.inputs().stream().map(this::renamed).toList(),
        part.outputs().stream().map(this::renamed).toList(),
        part.attributes());
  }

  private String renamed(String value) {
    return names.getOrDefault(value, value);
  }

  Attributes attributes() {
    return node.attributes();
  }

  // ---- the node's inputs and outputs

  boolean has(int input) {
    return input < node.inputs().size() && !node.inputs().get(input).isEmpty();
  }

  /// An input's value; empty if it is left out.
  String in(int input) {
    return has(input) ? node.inputs().get(input) : "";
  }

  /// The value of an input that must be given.
  String in(int input, String name) {
    if (!has(input)) {
      throw new Refusal("input %s is missing".formatted(name));
    }
    return in(input);
  }

  /// Refuses inputs that are not supported.
  void without(int input, String name) {
    if (has(input)) {
      throw new Refusal("input %s is not supported".formatted(name));
    }
  }

  /// An input's element type; null if it is unknown.
  ElementType type(int input) {
    return context.input(input).type();
  }

  /// An input's shape; null if it is unknown.
  long[] dims(int input) {
    return context.input(input).dims();
  }

  /// The rank of an input that decides which nodes there are.
  ///
  /// @throws Refusal if it is unknown
  int rank(int input, String name) {
    if (dims(input) == null) {
      throw new Refusal("nothing is known of the shape of input %s".formatted(name));
    }
    return dims(input).length;
  }

  /// Whether an output has a name.
  boolean gives(int output) {
    return output < node.outputs().size() && !node.outputs().get(output).isEmpty();
  }

  /// Says what an output is, if it has a name.
  void out(int output, String value) {
    if (!gives(output)) {
      return;
    }
    String name = node.outputs().get(output);
    if (names.containsKey(value) || node.inputs().contains(value)) {
      write("Identity", Map.of(), List.of(value), List.of(name));
    } else {
      names.put(value, name);
    }
  }

  /// Refuses more inputs or outputs than there may be.
  Composition atMost(int inputs, int outputs) {
    for (int i = inputs; i < node.inputs().size(); i++) {
      if (has(i)) {
        throw new Refusal("there are %d inputs, expected %d".formatted(i + 1, inputs));
      }
    }
    for (int i = outputs; i < node.outputs().size(); i++) {
      if (gives(i)) {
        throw new Refusal("there are %d outputs, expected %d".formatted(i + 1, outputs));
      }
    }
    return this;
  }

  // ---- nodes

  private void write(
      String operator, Map<String, Object> attributes, List<String> inputs, List<String> outputs) {
    nodes.add(
        new GraphNode(
            node.name(),
            "",
            operator,
            VERSION,
            withoutTail(inputs),
            outputs,
            new Attributes(attributes)));
  }

  /// Inputs that are left out at the end are as good as none.
  private static List<String> withoutTail(List<String> inputs) {
    int count = inputs.size();
    while (count > 0 && inputs.get(count - 1).isEmpty()) {
      count--;
    }
    return inputs.subList(0, count);
  }

  private String name() {
    return prefix + "~" + values++;
  }

  /// Adds a node with one output.
  ///
  /// @param attributes as [Attributes] takes them
  /// @param inputs empty for those that are left out
  String add(String operator, Map<String, Object> attributes, String... inputs) {
    return add(1, operator, attributes, inputs)[0];
  }

  /// Adds a node with one output and without attributes.
  String add(String operator, String... inputs) {
    return add(operator, Map.of(), inputs);
  }

  /// Adds a node with some outputs.
  String[] add(int outputs, String operator, Map<String, Object> attributes, String... inputs) {
    String[] names = new String[outputs];
    Arrays.setAll(names, i -> name());
    write(operator, attributes, List.of(inputs), List.of(names));
    return names;
  }

  /// Adds a node with all of the node's attributes but some.
  String addWithRest(String operator, List<String> but, String... inputs) {
    String name = name();
    nodes.add(
        new GraphNode(
            node.name(),
            "",
            operator,
            VERSION,
            withoutTail(List.of(inputs)),
            List.of(name),
            attributes().without(but)));
    return name;
  }

  // ---- what is often needed

  /// A list of integers.
  String longs(long... values) {
    return add("Constant", Map.of("value_ints", values));
  }

  /// A number of int64.
  String whole(long value) {
    return add("Constant", Map.of("value_int", value));
  }

  /// A number of float32.
  String real(float value) {
    return add("Constant", Map.of("value_float", value));
  }

  /// A number of an input's type.
  String real(float value, int like) {
    return type(like) == null
        ? add("CastLike", real(value), in(like))
        : type(like) == ElementType.FLOAT ? real(value) : cast(real(value), type(like));
  }

  String cast(String value, ElementType type) {
    return add("Cast", Map.of("to", (long) type.code()), value);
  }

  /// The value itself without a summand, the sum otherwise.
  String plus(String value, String summand) {
    return summand.isEmpty() ? value : add("Add", value, summand);
  }

  String transpose(String value, long... axes) {
    return add("Transpose", Map.of("perm", axes), value);
  }

  /// The same elements under another shape: 0 for a dimension as it is, -1 for what is left.
  String reshape(String value, long... dims) {
    return add("Reshape", value, longs(dims));
  }

  /// Some dimensions of a value, as a list.
  String dims(String value, long start, long end) {
    return add("Shape", Map.of("start", start, "end", end), value);
  }

  /// One dimension of a value, as a number.
  String dim(String value, long axis) {
    return add("Squeeze", dims(value, axis, axis + 1));
  }

  String concat(long axis, String... values) {
    return add("Concat", Map.of("axis", axis), values);
  }

  /// A part of a value along one axis.
  String slice(String value, long axis, long start, long end, long step) {
    return add("Slice", value, longs(start), longs(end), longs(axis), longs(step));
  }

  String unsqueeze(String value, long... axes) {
    return add("Unsqueeze", value, longs(axes));
  }

  /// Attributes of a node, from names and values in turn.
  static Map<String, Object> with(Object... namesAndValues) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      attributes.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return attributes;
  }
}
