package io.kioku.internal.onnx.op.elementwise;

import static io.kioku.internal.onnx.op.elementwise.Recipe.step;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ElementsCall;
import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.elementwise.ElementwiseOperator.Chain;
import java.lang.foreign.ValueLayout;

/// Functions of two numbers, and of any number of them.
public final class Arithmetic {
  static final Recipe ADD =
      integers(
          ElementsCall.Op.ADD,
          Recipe.of((a, b) -> a + b, (a, b, u) -> a + b, step(Op.ADD, 2, 0, 1)));
  static final Recipe MAX =
      integers(
          ElementsCall.Op.MAX,
          Recipe.of(Math::max, (a, b, u) -> compare(a, b, u) < 0 ? b : a, step(Op.MAX, 2, 0, 1)));
  static final Recipe MIN =
      integers(
          ElementsCall.Op.MIN,
          Recipe.of(Math::min, (a, b, u) -> compare(a, b, u) > 0 ? b : a, step(Op.MIN, 2, 0, 1)));

  private static final Recipe POWER = Recipe.of(SpecialFunctions::pow, Arithmetic::power);
  private static final Recipe SQUARE =
      Recipe.of(SpecialFunctions::pow, Arithmetic::power, step(Op.MUL, 2, 0, 0));

  private Arithmetic() {}

  private static Recipe integers(ElementsCall.Op op, Recipe recipe) {
    return NativeLoop.recipe(op, recipe);
  }

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "Add" -> binary(ADD);
      case "Sub" ->
          binary(
              integers(
                  ElementsCall.Op.SUB,
                  Recipe.of((a, b) -> a - b, (a, b, u) -> a - b, step(Op.SUB, 2, 0, 1))));
      case "Mul" ->
          binary(
              integers(
                  ElementsCall.Op.MUL,
                  Recipe.of((a, b) -> a * b, (a, b, u) -> a * b, step(Op.MUL, 2, 0, 1))));
      case "Div" ->
          binary(
              integers(
                  ElementsCall.Op.DIV,
                  Recipe.of((a, b) -> a / b, Arithmetic::divide, step(Op.DIV, 2, 0, 1))));
      case "Mod" -> mod(node);
      case "Pow" ->
          new ElementwiseOperator(2, Arithmetic::power, isSquare(context) ? SQUARE : POWER);
      case "Max" -> Chain.of(Signature.NUMBERS, MAX, null, node);
      case "Min" -> Chain.of(Signature.NUMBERS, MIN, null, node);
      case "Sum" -> Chain.of(Signature.REALS, ADD, null, node);
      case "Mean" -> Chain.of(Signature.REALS, ADD, mean(node), node);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }

  private static Operator binary(Recipe recipe) {
    return new ElementwiseOperator(2, Signature.NUMBERS, recipe);
  }

  static int compare(long a, long b, boolean unsigned) {
    return unsigned ? Long.compareUnsigned(a, b) : Long.compare(a, b);
  }

  /// Truncates; a division by 0 gives 0.
  private static long divide(long a, long b, boolean unsigned) {
    if (b == 0) {
      return 0;
    }
    return unsigned ? Long.divideUnsigned(a, b) : a / b;
  }

  private static Operator mod(GraphNode node) {
    return node.attributes().flag("fmod", false)
        ? new ElementwiseOperator(
            2, Signature.NUMBERS, Recipe.of((a, b) -> a % b, Arithmetic::remainder))
        : new ElementwiseOperator(2, Signature.WHOLES, Recipe.of(Arithmetic::modulo));
  }

  /// With the dividend's sign; a division by 0 leaves 0.
  private static long remainder(long a, long b, boolean unsigned) {
    if (b == 0) {
      return 0;
    }
    return unsigned ? Long.remainderUnsigned(a, b) : a % b;
  }

  /// With the divisor's sign; a division by 0 leaves 0.
  private static long modulo(long a, long b, boolean unsigned) {
    if (b == 0) {
      return 0;
    }
    return unsigned ? Long.remainderUnsigned(a, b) : Math.floorMod(a, b);
  }

  /// Whether the exponent is a constant 2, as normalisations have it.
  private static boolean isSquare(OperatorContext context) {
    Constant exponent = context.constant(1);
    return exponent != null
        && exponent.type() == ElementType.FLOAT
        && exponent.size() == 1
        && exponent.data().getAtIndex(ValueLayout.JAVA_FLOAT, 0) == 2;
  }

  /// Modulo 2^64; a negative exponent truncates what is below 1.
  private static long power(long base, long exponent, boolean unsigned) {
    if (exponent < 0) {
      return base == 1 || (base == -1 && exponent % 2 == 0) ? 1 : base == -1 ? -1 : 0;
    }
    long result = 1;
    long square = base;
    for (long left = exponent; left > 0; left >>= 1) {
      result *= (left & 1) == 1 ? square : 1;
      square *= square;
    }
    return result;
  }

  private static ElementType power(ShapeInference node) {
    for (int i = 0; i < 2; i++) {
      if (node.type(i) == ElementType.BOOL) {
        throw new Refusal("input %d has type bool, expected numbers".formatted(i));
      }
    }
    return node.type(0);
  }

  private static Recipe mean(GraphNode node) {
    int count = Math.max(1, node.inputs().size());
    return Recipe.of(
        sum -> sum / count, Recipe.fill(Recipe.R0, count), step(Op.DIV, 1, 0, Recipe.R0));
  }
}
