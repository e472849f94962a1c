package io.kioku.cell;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the text of a cell says, once it is read.
///
/// @param nodes all values of a step, arguments before their users
/// @param values the value of each equation by the name on its left, in the order of the text
/// @param states `h` first, then the others in the order of the text
/// @param parameters in the order in which the text names them
/// @param periods of the modules, the fastest first
/// @param cycle the steps after which all modules compute together again
/// @param output the name `h'` on the left of its equation
record Form(
    List<Node> nodes,
    Map<String, Node> values,
    List<String> states,
    List<Parameter> parameters,
    List<Integer> periods,
    long cycle,
    Token output) {
  /// @throws EquationException if the text is not a cell
  static Form read(String name, String equations) {
    CellParser parser = new CellParser(name, equations);
    Map<String, Node> values = parser.parse();
    List<Node> nodes = parser.graph().nodes();
    return new Form(
        nodes,
        values,
        states(values),
        parameters(parser, nodes),
        parser.periods(),
        Line.cycle(parser.periods()),
        parser.left("h'"));
  }

  private static List<String> states(Map<String, Node> values) {
    List<String> states = new ArrayList<>(List.of("h"));
    for (String value : values.keySet()) {
      if (value.endsWith("'") && !value.equals("h'")) {
        states.add(value.substring(0, value.length() - 1));
      }
    }
    return List.copyOf(states);
  }

  private static List<Parameter> parameters(CellParser parser, List<Node> nodes) {
    Map<String, Parameter> found = new LinkedHashMap<>();
    for (Node node : nodes) {
      if (node.operation() == Operation.VECTOR) {
        found.put(node.name(), new Parameter(node.name(), node.size(), null));
      } else if (node.operation() == Operation.PRODUCT) {
        found.put(node.name(), new Parameter(node.name(), node.size(), node.argument(0).size()));
      }
    }
    List<Parameter> parameters = new ArrayList<>();
    for (String name : parser.parameterNames()) {
      parameters.add(found.get(name));
    }
    return List.copyOf(parameters);
  }
}
