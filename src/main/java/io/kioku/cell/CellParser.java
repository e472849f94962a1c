package io.kioku.cell;

import io.kioku.cell.Token.Kind;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads a cell's text into nodes. Lines may stand in any order: each is parsed when a name of it
/// is first needed.
final class CellParser {
  /// The state that counts steps in a cell whose modules have periods.
  static final String CLOCK = "clock";

  static final String BELOW = "below";
  static final String SCORE = "score";

  private static final int MAX_LINES = 250;
  private static final int MAX_DEPTH = 400;
  private static final int MAX_NODES = 1_000;
  private static final String INPUT = "x";
  private static final Set<String> GIVEN = Set.of(INPUT, SCORE);

  private final String cell;
  private final String text;
  private final NodeGraph graph = new NodeGraph();
  private final Map<String, Line> lines = new LinkedHashMap<>();
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Set<String> open = new LinkedHashSet<>();
  private List<Integer> periods = List.of();
  private int depth;

  CellParser(String cell, String text) {
    this.cell = cell;
    this.text = text;
  }

  /// All nodes, in an order in which arguments come first.
  NodeGraph graph() {
    return graph;
  }

  /// The periods of the modules, the fastest first; empty if the states have none.
  List<Integer> periods() {
    return periods;
  }

  /// The names of all parameters, in the order in which they are written.
  List<String> parameterNames() {
    Set<String> names = new LinkedHashSet<>();
    for (Line line : lines.values()) {
      for (Token token : line.expression()) {
        if (token.isMatrix() || (token.hasIndex() && !isDefined(token.text()))) {
          names.add(token.text());
        }
      }
    }
    return List.copyOf(names);
  }

  private boolean isDefined(String name) {
    return lines.containsKey(name) || isState(name);
  }

  /// The value of each line by the name on its left, in the order of the text.
  Map<String, Node> parse() {
    int count = (int) text.lines().count();
    if (count > MAX_LINES) {
      throw error(MAX_LINES + 1, 1, "a cell has at most " + MAX_LINES + " lines");
    }
    for (int number = 1; number <= count; number++) {
      List<Token> tokens = Token.scan(cell, text, number);
      if (tokens.size() > 1) {
        define(tokens);
      }
    }
    if (!lines.containsKey("h'")) {
      throw error(Math.max(count, 1), 1, "no equation for h', the output: write one, as h' = …");
    }
    checkPeriods();
    Map<String, Node> ordered = new LinkedHashMap<>();
    for (Map.Entry<String, Line> line : lines.entrySet()) {
      ordered.put(line.getKey(), value(line.getKey(), line.getValue().name()));
    }
    if (!periods.isEmpty()) {
      ordered.put(CLOCK + "'", graph.node(Operation.TICK, clock()));
      checkModules();
    }
    Map<String, Node> updates = new LinkedHashMap<>();
    for (Map.Entry<String, Node> value : ordered.entrySet()) {
      if (value.getKey().endsWith("'")) {
        updates.put(unprimed(value.getKey()), value.getValue());
      }
    }
    new Sizes(this, updates).infer();
    if (!periods.isEmpty()) {
      ordered.forEach(this::checkModuleSize);
    }
    return ordered;
  }

  private void define(List<Token> tokens) {
    Token name = tokens.get(0);
    if (name.kind() != Kind.NAME || name.isMatrix()) {
      throw error(name, "expected a name in lower case, as in i = … or c' = …");
    }
    if (GIVEN.contains(unprimed(name.text()))) {
      throw error(name, unprimed(name.text()) + " is the layer's input and cannot be defined");
    }
    Line line = Line.of(this, tokens);
    Line before = lines.putIfAbsent(name.text(), line);
    if (before != null) {
      throw error(
          name, "%s is defined already, in line %d".formatted(name.text(), before.name().line()));
    }
    String other = name.text().endsWith("'") ? unprimed(name.text()) : name.text() + "'";
    if (lines.containsKey(other)) {
      throw error(
          name,
          "%s and %s cannot both have equations: without the prime it is the state of the step before"
              .formatted(unprimed(name.text()), unprimed(name.text()) + "'"));
    }
  }

  /// All states have the same modules, or none has any.
  private void checkPeriods() {
    Line output = lines.get("h'");
    periods = output.periods();
    for (String name : List.of(CLOCK, CLOCK + "'")) {
      if (!periods.isEmpty() && lines.containsKey(name)) {
        throw error(
            left(name),
            "clock is the state that counts the steps for the periods: choose another name");
      }
    }
    for (Line line : lines.values()) {
      String name = line.name().text();
      if (name.endsWith("'") && !line.periods().equals(periods)) {
        throw error(
            line.name(),
            "%s has periods %s and h' has %s: give all states the same"
                .formatted(name, line.periods(), periods));
      }
    }
  }

  /// A sleeping module has no values but its states.
  private void checkModules() {
    for (Node node : graph.nodes()) {
      if (node.operation() == Operation.PRODUCT
          && node.argument(0).operation() != Operation.INPUT
          && node.argument(0).operation() != Operation.STATE) {
        throw error(
            graph.place(node),
            "%s multiplies %s, but where states have periods a matrix multiplies x or a state: a sleeping module has no other values"
                .formatted(node.name(), node.argument(0)));
      }
      if (node.operation() == Operation.NORM) {
        throw error(
            graph.place(node),
            "norm needs the values of all modules, and where states have periods those that sleep have none");
      }
    }
  }

  /// Modules are parts of the layer's units, so all values are vectors of them.
  private void checkModuleSize(String name, Node value) {
    if (value.size() != Size.HIDDEN && value.size() != Size.ONE) {
      throw error(
          lines.get(name).name(),
          "%s has another size (%s) than the layer, of whose units the modules with periods are parts: %s"
              .formatted(
                  name,
                  value.size(),
                  value.size() == Size.INPUT
                      ? "multiply it by a matrix"
                      : "combine all states with each other element by element, or give none of them periods"));
    }
  }

  private Node clock() {
    return graph.leaf(Operation.STATE, CLOCK);
  }

  /// The value of a line, parsed when it is first needed.
  private Node value(String name, Token user) {
    Node known = values.get(name);
    if (known != null) {
      return known;
    }
    if (!open.add(name)) {
      throw error(
          user,
          "%s depends on itself within one step (%s → %s); a value of the step before is a state, written without its prime"
              .formatted(name, String.join(" → ", open), name));
    }
    Line line = lines.get(name);
    Node node = new LineParser(this, line.tokens(), line.right()).parse();
    if (node.operation() == Operation.STATE && name.equals(node.name() + "'")) {
      throw error(
          line.name(), "the state %s is never updated: it stays what it is".formatted(node.name()));
    }
    if (!line.periods().isEmpty()) {
      Node before = graph.leaf(Operation.STATE, unprimed(name));
      node = graph.node(Operation.CLOCKED, node, before, clock());
    }
    open.remove(name);
    values.put(name, node);
    return node;
  }

  /// Whether a name, written without its prime, is a state.
  boolean isState(String name) {
    return lines.containsKey(name + "'");
  }

  /// What a name in an expression stands for.
  Node name(Token token) {
    String name = token.text();
    if (name.equals(INPUT)) {
      return graph.leaf(Operation.INPUT, "");
    }
    if (name.equals(SCORE)) {
      return graph.leaf(Operation.SCORE, "");
    }
    if (lines.containsKey(name)) {
      return value(name, token);
    }
    if (isState(name)) {
      return graph.leaf(Operation.STATE, name);
    }
    if (Stack.NAMES.contains(name)) {
      throw error(token, name + " is the name of a tensor that stacks parameters: choose another");
    }
    if (token.hasIndex() && !name.endsWith("'")) {
      return graph.leaf(Operation.VECTOR, name);
    }
    if (name.equals(BELOW) || Functions.of(name) != null) {
      throw error(token, "%s is a function: write %s(…)".formatted(name, name));
    }
    String base = unprimed(name);
    throw error(
        token,
        "unknown name %s: write an equation for it (%s = …, or %s' = … for a state), or give it an index if it is a vector parameter (%s_k)"
            .formatted(name, base, base, base));
  }

  /// Bounds what a text can cost: the depth of recursion, and the operations of the cell.
  void enter(Token token) {
    if (graph.size() > MAX_NODES) {
      throw error(token, "more than " + MAX_NODES + " operations");
    }
    if (++depth > MAX_DEPTH) {
      throw error(token, "nested deeper than " + MAX_DEPTH);
    }
  }

  /// The end of what [#enter] began.
  void leave() {
    depth--;
  }

  /// The name on the left of its equation, which is there.
  Token left(String name) {
    return lines.get(name).name();
  }

  private static String unprimed(String name) {
    return name.endsWith("'") ? name.substring(0, name.length() - 1) : name;
  }

  EquationException error(Token at, String problem) {
    return error(at.line(), at.column(), problem);
  }

  private EquationException error(int line, int column, String problem) {
    return new EquationException(cell, text, line, column, problem);
  }
}
