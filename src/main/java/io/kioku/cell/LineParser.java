package io.kioku.cell;

import io.kioku.cell.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the right side of one equation by recursive descent:
///
///     sum     = term { ("+" | "-") term }
///     term    = factor { "*" factor }
///     factor  = "-" factor | operand
///     operand = number | name | function "(" sum { "," sum } ")" | "(" sum ")" | MATRIX operand
final class LineParser {
  private final CellParser cell;
  private final NodeGraph graph;
  private final List<Token> tokens;
  private int at = 2; // after the name and the equals sign

  LineParser(CellParser cell, List<Token> tokens) {
    this.cell = cell;
    this.graph = cell.graph();
    this.tokens = tokens;
  }

  Node parse() {
    Node node = sum();
    if (next().kind() != Kind.END) {
      throw cell.error(next(), "expected an operator (+, -, *) before " + next().shown());
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
    while (next().is("*")) {
      take();
      left = graph.node(Operation.MUL, left, factor());
    }
    return left;
  }

  private Node factor() {
    if (!next().is("-")) {
      return operand();
    }
    cell.enter(take());
    Node node = graph.node(Operation.MUL, graph.constant(-1), factor());
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
    return graph.product(matrix.text(), argument);
  }

  private Node function(Token name) {
    Optional<Operation> operation = Operation.function(name.text());
    if (operation.isEmpty()) {
      throw cell.error(
          name, "unknown function %s; known are %s".formatted(name.text(), Operation.functions()));
    }
    expect("(");
    List<Node> arguments = new ArrayList<>(List.of(sum()));
    while (next().is(",")) {
      take();
      arguments.add(sum());
    }
    if (arguments.size() != operation.get().arity()) {
      throw cell.error(
          name,
          "%s takes %d argument%s, not %d"
              .formatted(
                  name.text(),
                  operation.get().arity(),
                  operation.get().arity() == 1 ? "" : "s",
                  arguments.size()));
    }
    expect(")");
    return graph.node(operation.get(), arguments.toArray(Node[]::new));
  }

  private void expect(String symbol) {
    Token token = take();
    if (!token.is(symbol)) {
      throw cell.error(token, "expected '%s' but found %s".formatted(symbol, token.shown()));
    }
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
