package io.kioku.internal.onnx.op.elementwise;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// Comparisons, tests, and functions of truth values and bits. A truth value is 0 or 1.
public final class Logic {
  private Logic() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "Equal" ->
          new Elementwise(
              2,
              Signature.ANY.test(),
              Recipe.of((a, b) -> truth(a == b), (a, b, u) -> truth(a == b)));
      case "Less" ->
          new Elementwise(
              2,
              Signature.NUMBERS.test(),
              Recipe.of(
                  (a, b) -> truth(a < b), (a, b, u) -> truth(Arithmetic.compare(a, b, u) < 0)));
      case "LessOrEqual" ->
          new Elementwise(
              2,
              Signature.NUMBERS.test(),
              Recipe.of(
                  (a, b) -> truth(a <= b), (a, b, u) -> truth(Arithmetic.compare(a, b, u) <= 0)));
      case "Greater" ->
          new Elementwise(
              2,
              Signature.NUMBERS.test(),
              Recipe.of(
                  (a, b) -> truth(a > b), (a, b, u) -> truth(Arithmetic.compare(a, b, u) > 0)));
      case "GreaterOrEqual" ->
          new Elementwise(
              2,
              Signature.NUMBERS.test(),
              Recipe.of(
                  (a, b) -> truth(a >= b), (a, b, u) -> truth(Arithmetic.compare(a, b, u) >= 0)));
      case "And" -> new Elementwise(2, Signature.LOGIC, Recipe.of((a, b, u) -> a & b));
      case "Or" -> new Elementwise(2, Signature.LOGIC, Recipe.of((a, b, u) -> a | b));
      case "Xor" -> new Elementwise(2, Signature.LOGIC, Recipe.of((a, b, u) -> a ^ b));
      case "Not" -> new Elementwise(1, Signature.LOGIC, Recipe.of((a, b, u) -> 1 - a));
      case "BitwiseAnd" -> new Elementwise(2, Signature.WHOLES, Recipe.of((a, b, u) -> a & b));
      case "BitwiseOr" -> new Elementwise(2, Signature.WHOLES, Recipe.of((a, b, u) -> a | b));
      case "BitwiseXor" -> new Elementwise(2, Signature.WHOLES, Recipe.of((a, b, u) -> a ^ b));
      case "BitwiseNot" -> new Elementwise(1, Signature.WHOLES, Recipe.of((a, b, u) -> ~a));
      case "IsNaN" ->
          new Elementwise(1, Signature.REALS.test(), Recipe.of(x -> truth(Double.isNaN(x))));
      case "IsInf" -> isInfinite(node);
      case "BitShift" -> shift(node);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }

  private static int truth(boolean value) {
    return value ? 1 : 0;
  }

  private static Operator isInfinite(Node node) {
    double negative =
        node.attributes().flag("detect_negative", true) ? Double.NEGATIVE_INFINITY : Double.NaN;
    double positive =
        node.attributes().flag("detect_positive", true) ? Double.POSITIVE_INFINITY : Double.NaN;
    return new Elementwise(
        1, Signature.REALS.test(), Recipe.of(x -> truth(x == negative || x == positive)));
  }

  /// A shift by as many bits as the type has, or more, gives 0.
  private static Operator shift(Node node) {
    String direction = node.attributes().text("direction", "");
    Loop.Whole shift =
        switch (direction) {
          case "LEFT" -> (a, b, u) -> Long.compareUnsigned(b, Long.SIZE) < 0 ? a << b : 0;
          case "RIGHT" -> (a, b, u) -> Long.compareUnsigned(b, Long.SIZE) < 0 ? a >>> b : 0;
          default ->
              throw new Refusal(
                  "attribute direction is '%s', expected LEFT or RIGHT".formatted(direction));
        };
    return new Elementwise(2, Signature.UNSIGNED, Recipe.of(shift));
  }
}
