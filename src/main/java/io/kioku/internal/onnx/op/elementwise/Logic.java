package io.kioku.internal.onnx.op.elementwise;

import io.kioku.internal.ffi.ElementsCall;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.elementwise.BroadcastKernel.RowLoop;

/// Comparisons, tests, and functions of truth values and bits. A truth value is 0 or 1.
public final class Logic {
  private Logic() {}

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "Equal" ->
          new ElementwiseOperator(
              2,
              Signature.ANY.test(),
              NativeLoop.recipe(
                  ElementsCall.Op.EQUAL,
                  Recipe.of((a, b) -> truth(a == b), (a, b, u) -> truth(a == b))));
      case "Less" ->
          new ElementwiseOperator(
              2,
              Signature.NUMBERS.test(),
              NativeLoop.recipe(
                  ElementsCall.Op.LESS,
                  Recipe.of(
                      (a, b) -> truth(a < b),
                      (a, b, u) -> truth(Arithmetic.compare(a, b, u) < 0))));
      case "LessOrEqual" ->
          new ElementwiseOperator(
              2,
              Signature.NUMBERS.test(),
              NativeLoop.recipe(
                  ElementsCall.Op.LESS_OR_EQUAL,
                  Recipe.of(
                      (a, b) -> truth(a <= b),
                      (a, b, u) -> truth(Arithmetic.compare(a, b, u) <= 0))));
      case "Greater" ->
          new ElementwiseOperator(
              2,
              Signature.NUMBERS.test(),
              NativeLoop.turned(
                  ElementsCall.Op.LESS,
                  Recipe.of(
                      (a, b) -> truth(a > b),
                      (a, b, u) -> truth(Arithmetic.compare(a, b, u) > 0))));
      case "GreaterOrEqual" ->
          new ElementwiseOperator(
              2,
              Signature.NUMBERS.test(),
              NativeLoop.turned(
                  ElementsCall.Op.LESS_OR_EQUAL,
                  Recipe.of(
                      (a, b) -> truth(a >= b),
                      (a, b, u) -> truth(Arithmetic.compare(a, b, u) >= 0))));
      case "And" ->
          new ElementwiseOperator(
              2,
              Signature.LOGIC,
              NativeLoop.recipe(ElementsCall.Op.AND, Recipe.of((a, b, u) -> a & b)));
      case "Or" ->
          new ElementwiseOperator(
              2,
              Signature.LOGIC,
              NativeLoop.recipe(ElementsCall.Op.OR, Recipe.of((a, b, u) -> a | b)));
      case "Xor" ->
          new ElementwiseOperator(
              2,
              Signature.LOGIC,
              NativeLoop.recipe(ElementsCall.Op.XOR, Recipe.of((a, b, u) -> a ^ b)));
      case "Not" ->
          new ElementwiseOperator(
              1,
              Signature.LOGIC,
              NativeLoop.recipe(ElementsCall.Op.NOT, Recipe.of((a, b, u) -> 1 - a)));
      case "BitwiseAnd" ->
          new ElementwiseOperator(2, Signature.WHOLES, Recipe.of((a, b, u) -> a & b));
      case "BitwiseOr" ->
          new ElementwiseOperator(2, Signature.WHOLES, Recipe.of((a, b, u) -> a | b));
      case "BitwiseXor" ->
          new ElementwiseOperator(2, Signature.WHOLES, Recipe.of((a, b, u) -> a ^ b));
      case "BitwiseNot" -> new ElementwiseOperator(1, Signature.WHOLES, Recipe.of((a, b, u) -> ~a));
      case "IsNaN" ->
          new ElementwiseOperator(
              1, Signature.REALS.test(), Recipe.of(x -> truth(Double.isNaN(x))));
      case "IsInf" -> isInfinite(node);
      case "BitShift" -> shift(node);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }

  private static int truth(boolean value) {
    return value ? 1 : 0;
  }

  private static Operator isInfinite(GraphNode node) {
    double negative =
        node.attributes().flag("detect_negative", true) ? Double.NEGATIVE_INFINITY : Double.NaN;
    double positive =
        node.attributes().flag("detect_positive", true) ? Double.POSITIVE_INFINITY : Double.NaN;
    return new ElementwiseOperator(
        1, Signature.REALS.test(), Recipe.of(x -> truth(x == negative || x == positive)));
  }

  /// A shift by as many bits as the type has, or more, gives 0.
  private static Operator shift(GraphNode node) {
    String direction = node.attributes().text("direction", "");
    RowLoop.Whole shift =
        switch (direction) {
          case "LEFT" -> (a, b, u) -> Long.compareUnsigned(b, Long.SIZE) < 0 ? a << b : 0;
          case "RIGHT" -> (a, b, u) -> Long.compareUnsigned(b, Long.SIZE) < 0 ? a >>> b : 0;
          default ->
              throw new Refusal(
                  "attribute direction is '%s', expected LEFT or RIGHT".formatted(direction));
        };
    return new ElementwiseOperator(2, Signature.UNSIGNED, Recipe.of(shift));
  }
}
