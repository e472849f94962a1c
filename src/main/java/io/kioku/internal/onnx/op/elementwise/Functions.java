package io.kioku.internal.onnx.op.elementwise;

import static io.kioku.internal.onnx.op.elementwise.Recipe.R0;
import static io.kioku.internal.onnx.op.elementwise.Recipe.affine;
import static io.kioku.internal.onnx.op.elementwise.Recipe.fill;
import static io.kioku.internal.onnx.op.elementwise.Recipe.step;

import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// Functions of one number that have no parameters.
public final class Functions {
  private Functions() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "Exp" -> of(Recipe.of(Math::exp, step(Op.EXP, 1, 0)));
      case "Log" -> of(Recipe.of(Math::log, step(Op.LOG, 1, 0)));
      case "Sigmoid" -> of(Recipe.of(Special::sigmoid, step(Op.SIGMOID, 1, 0)));
      case "Tanh" -> of(Recipe.of(Math::tanh, step(Op.TANH, 1, 0)));
      case "Sqrt" -> of(SquareRoots.recipe());
      case "Reciprocal" -> of(Recipe.of(x -> 1 / x, fill(R0, 1), step(Op.DIV, 1, R0, 0)));
      case "Floor" -> of(Recipe.of(Math::floor));
      case "Ceil" -> of(Recipe.of(Math::ceil));
      case "Round" -> of(Recipe.of(Math::rint));
      case "Sin" -> of(Recipe.of(Math::sin));
      case "Cos" -> of(Recipe.of(Math::cos));
      case "Tan" -> of(Recipe.of(Math::tan));
      case "Sinh" -> of(Recipe.of(Math::sinh));
      case "Cosh" -> of(Recipe.of(Math::cosh));
      case "Asin" -> of(Recipe.of(Math::asin));
      case "Acos" -> of(Recipe.of(Math::acos));
      case "Atan" -> of(Recipe.of(Math::atan));
      case "Asinh" -> of(Recipe.of(Special::asinh));
      case "Acosh" -> of(Recipe.of(Special::acosh));
      case "Atanh" -> of(Recipe.of(Special::atanh));
      case "Erf" -> of(Recipe.of(Special::erf));
      case "Softplus" -> of(Recipe.of(Special::softplus));
      case "Softsign" -> of(Recipe.of(x -> x / (1 + Math.abs(x))));
      case "Mish" -> of(Recipe.of(x -> x * Math.tanh(Special.softplus(x))));
      // -1 * x + -0 turns the sign of 0 too
      case "Neg" ->
          of(Signature.SIGNED, Recipe.of(x -> -x, (a, b, unsigned) -> -a, affine(1, 0, -1, -0f)));
      case "Relu" ->
          of(
              Signature.SIGNED,
              Recipe.of(
                  x -> Math.max(x, 0), (a, b, unsigned) -> Math.max(a, 0), step(Op.RELU, 1, 0)));
      // x + 0 takes the sign off 0
      case "Abs" ->
          of(
              Signature.NUMBERS,
              Recipe.of(
                  Math::abs,
                  (a, b, unsigned) -> unsigned ? a : Math.abs(a),
                  affine(R0, 0, -1, 0),
                  step(Op.MAX, R0, 0, R0),
                  affine(1, R0, 1, 0)));
      case "Sign" ->
          of(
              Signature.NUMBERS,
              Recipe.of(Math::signum, (a, b, unsigned) -> Arithmetic.compare(a, 0, unsigned)));
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }

  private static Operator of(Recipe recipe) {
    return of(Signature.REALS, recipe);
  }

  private static Operator of(Signature signature, Recipe recipe) {
    return new Elementwise(1, signature, recipe);
  }
}
