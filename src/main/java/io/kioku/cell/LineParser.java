package io.kioku.cell;

import io.kioku.cell.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Reads the right side of one equation by recursive descent:
///
///     sum     = term { ("+" | "-") term }
///     term    = factor { ("*" | "/") factor }
///     factor  = "-" factor | operand
///     operand = number | name | function "(" sum { "," sum } [ "," "eps" "=" number ] ")"
///             | "below" "(" state ")" | "(" sum ")" | MATRIX operand
final class LineParser {
  private static final String EPSILON = "eps";

  private final CellParser cell;
  private final NodeGraph graph;
  private final List<Token> tokens;
  private int at;

  /// @param from the first token of the right side
  LineParser(CellParser cell, List<Token> tokens, int from) {
    this.cell = cell;
    this.graph = cell.graph();
    this.tokens = tokens;
    this.at = from;
  }

  Node parse() {
    Node node = sum();
    if (next().kind() != Kind.END) {
      throw cell.error(next(), "expected an operator (+, -, *, /) before " + next().shown());
    }
    return node;
  }

  private Node sum() {
    Node left = term();
    while (next().is("+") || next().is("-")) {
      Operation operation = take().is("+") ? Operation.ADD : Operation.SUB;
      left = graph.node(operation, left, term());
    }
    return left;
  }

  private Node term() {
    Node left = factor();
    while (next().is("*") || next().is("/")) {
      Operation operation = take().is("*") ? Operation.MUL : Operation.DIV;
      left = graph.node(operation, left, factor());
    }
    return left;
  }

  private Node factor() {
    if (!next().is("-")) {
      return operand();
    }
    cell.enter(take());
    Node node = graph.times(-1, factor());
    cell.leave();
    return node;
  }

  private Node operand() {
    Token token = take();
    cell.enter(token);
    Node node;
    if (token.is("(")) {
      node = sum();
      expect(")");
    } else if (token.kind() == Kind.NUMBER) {
      node = number(token);
    } else if (token.isMatrix()) {
      node = product(token);
    } else if (token.kind() == Kind.NAME) {
      node = next().is("(") ? function(token) : cell.name(token);
    } else {
      throw cell.error(token, "expected a name, a number or '(' but found " + token.shown());
    }
    cell.leave();
    return node;
  }

  private Node number(Token token) {
    double value;
    try {
      value = Double.parseDouble(token.text());
    } catch (NumberFormatException e) {
      throw cell.error(token, token.shown() + " is not a number");
    }
    if (Float.isInfinite((float) value)) {
      throw cell.error(token, token.shown() + " is larger than a float32");
    }
    return graph.constant(value);
  }

  private Node product(Token matrix) {
    if (matrix.text().endsWith("'")) {
      throw cell.error(matrix, "a matrix is a parameter and has no prime");
    }
    if (next().kind() != Kind.NAME && !next().is("(")) {
      throw cell.error(
          next(),
          "the matrix %s needs a vector after it, as in %s x or %s (r * h), but found %s"
              .formatted(matrix.text(), matrix.text(), matrix.text(), next().shown()));
    }
    Node argument = operand();
    if (argument.operation() == Operation.CONSTANT) {
      throw cell.error(
          matrix,
          "the matrix %s multiplies a number; write a vector parameter".formatted(matrix.text()));
    }
    return graph.product(matrix, argument);
  }

  private Node function(Token name) {
    if (name.text().equals(CellParser.BELOW)) {
      return below();
    }
    Functions function = Functions.of(name.text());
    if (function == null) {
      throw cell.error(
          name,
          "unknown function %s; known are %s, %s"
              .formatted(name.text(), Functions.names(), CellParser.BELOW));
    }
    expect("(");
    List<Node> arguments = new ArrayList<>();
    double epsilon = Operation.EPSILON;
    do {
      if (isNamed()) {
        epsilon = epsilon(function);
        break;
      }
      arguments.add(sum());
    } while (takes(","));
    if (!function.takes(arguments.size())) {
      throw cell.error(
          name,
          "%s takes %s, not %d".formatted(name.text(), function.arguments(), arguments.size()));
    }
    expect(")");
    String refusal = function.refusal(arguments);
    if (refusal != null) {
      throw cell.error(name, refusal);
    }
    Node node =
        function == Functions.NORM
            ? graph.norm(arguments, epsilon)
            : function.apply(graph, arguments);
    return graph.at(name, node);
  }

  /// Whether an argument with a name comes next.
  private boolean isNamed() {
    return next().kind() == Kind.NAME && tokens.get(at + 1).is("=");
  }

  private double epsilon(Functions function) {
    Token name = take();
    if (function != Functions.NORM || !name.text().equals(EPSILON)) {
      throw cell.error(
          name,
          "%s has no argument %s; norm alone has one with a name, as in norm(a, eps=1e-3)"
              .formatted(function.text(), name.text()));
    }
    take(); // the '='
    Token number = take();
    double epsilon = number.kind() == Kind.NUMBER ? number(number).value() : 0;
    if (!(epsilon > 0)) {
      throw cell.error(
          number, "eps must be a number above 0, as 1e-5, but found " + number.shown());
    }
    return epsilon;
  }

  private Node below() {
    expect("(");
    Token state = take();
    if (!cell.isState(state.text())) {
      throw cell.error(
          state,
          "below takes a state, which the layer below has too, as in below(c) where there is c' = …, but found %s"
              .formatted(state.shown()));
    }
    expect(")");
    return graph.leaf(Operation.BELOW, state.text());
  }

  private void expect(String symbol) {
    Token token = take();
    if (!token.is(symbol)) {
      throw cell.error(token, "expected '%s' but found %s".formatted(symbol, token.shown()));
    }
  }

  /// Takes a symbol if it comes next.
  private boolean takes(String symbol) {
    boolean isNext = next().is(symbol);
    if (isNext) {
      take();
    }
    return isNext;
  }

  private Token next() {
    return tokens.get(at);
  }

  private Token take() {
    Token token = tokens.get(at);
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }
}
