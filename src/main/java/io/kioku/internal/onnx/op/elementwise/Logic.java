package io.kioku.internal.onnx.op.elementwise;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import java.util.Map;

/// Comparisons, tests, and functions of truth values and bits. A truth value is 0 or 1.
final class Logic {
  private Logic() {}

  static void addTo(Map<String, Operator.Factory> all) {
    put(
        all,
        "Equal",
        2,
        Signature.ANY.test(),
        Recipe.of((a, b) -> truth(a == b), (a, b, u) -> truth(a == b)));
    put(
        all,
        "Less",
        2,
        Signature.NUMBERS.test(),
        Recipe.of((a, b) -> truth(a < b), (a, b, u) -> truth(Arithmetic.compare(a, b, u) < 0)));
    put(
        all,
        "LessOrEqual",
        2,
        Signature.NUMBERS.test(),
        Recipe.of((a, b) -> truth(a <= b), (a, b, u) -> truth(Arithmetic.compare(a, b, u) <= 0)));
    put(
        all,
        "Greater",
        2,
        Signature.NUMBERS.test(),
        Recipe.of((a, b) -> truth(a > b), (a, b, u) -> truth(Arithmetic.compare(a, b, u) > 0)));
    put(
        all,
        "GreaterOrEqual",
        2,
        Signature.NUMBERS.test(),
        Recipe.of((a, b) -> truth(a >= b), (a, b, u) -> truth(Arithmetic.compare(a, b, u) >= 0)));
    put(all, "And", 2, Signature.LOGIC, Recipe.of((a, b, u) -> a & b));
    put(all, "Or", 2, Signature.LOGIC, Recipe.of((a, b, u) -> a | b));
    put(all, "Xor", 2, Signature.LOGIC, Recipe.of((a, b, u) -> a ^ b));
    put(all, "Not", 1, Signature.LOGIC, Recipe.of((a, b, u) -> 1 - a));
    put(all, "BitwiseAnd", 2, Signature.WHOLES, Recipe.of((a, b, u) -> a & b));
    put(all, "BitwiseOr", 2, Signature.WHOLES, Recipe.of((a, b, u) -> a | b));
    put(all, "BitwiseXor", 2, Signature.WHOLES, Recipe.of((a, b, u) -> a ^ b));
    put(all, "BitwiseNot", 1, Signature.WHOLES, Recipe.of((a, b, u) -> ~a));
    put(all, "IsNaN", 1, Signature.REALS.test(), Recipe.of(x -> truth(Double.isNaN(x))));
    all.put("IsInf", Logic::isInfinite);
    all.put("BitShift", Logic::shift);
  }

  private static void put(
      Map<String, Operator.Factory> all,
      String name,
      int inputs,
      Signature signature,
      Recipe recipe) {
    all.put(name, (node, context) -> new Elementwise(inputs, signature, recipe));
  }

  private static int truth(boolean value) {
    return value ? 1 : 0;
  }

  private static Operator isInfinite(Node node, OperatorContext context) {
    double negative =
        node.attributes().flag("detect_negative", true) ? Double.NEGATIVE_INFINITY : Double.NaN;
    double positive =
        node.attributes().flag("detect_positive", true) ? Double.POSITIVE_INFINITY : Double.NaN;
    return new Elementwise(
        1, Signature.REALS.test(), Recipe.of(x -> truth(x == negative || x == positive)));
  }

  /// A shift by as many bits as the type has, or more, gives 0.
  private static Operator shift(Node node, OperatorContext context) {
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
