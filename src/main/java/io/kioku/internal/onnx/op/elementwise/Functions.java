package io.kioku.internal.onnx.op.elementwise;

import static io.kioku.internal.onnx.op.elementwise.Recipe.R0;
import static io.kioku.internal.onnx.op.elementwise.Recipe.affine;
import static io.kioku.internal.onnx.op.elementwise.Recipe.fill;
import static io.kioku.internal.onnx.op.elementwise.Recipe.step;

import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.op.Operator;
import java.util.Map;

/// Functions of one number that have no parameters.
final class Functions {
  private Functions() {}

  static void addTo(Map<String, Operator.Factory> all) {
    put(all, "Exp", Recipe.of(Math::exp, step(Op.EXP, 1, 0)));
    put(all, "Log", Recipe.of(Math::log, step(Op.LOG, 1, 0)));
    put(all, "Sigmoid", Recipe.of(Special::sigmoid, step(Op.SIGMOID, 1, 0)));
    put(all, "Tanh", Recipe.of(Math::tanh, step(Op.TANH, 1, 0)));
    put(all, "Sqrt", SquareRoots.recipe());
    put(all, "Reciprocal", Recipe.of(x -> 1 / x, fill(R0, 1), step(Op.DIV, 1, R0, 0)));
    put(all, "Floor", Recipe.of(Math::floor));
    put(all, "Ceil", Recipe.of(Math::ceil));
    put(all, "Round", Recipe.of(Math::rint));
    put(all, "Sin", Recipe.of(Math::sin));
    put(all, "Cos", Recipe.of(Math::cos));
    put(all, "Tan", Recipe.of(Math::tan));
    put(all, "Sinh", Recipe.of(Math::sinh));
    put(all, "Cosh", Recipe.of(Math::cosh));
    put(all, "Asin", Recipe.of(Math::asin));
    put(all, "Acos", Recipe.of(Math::acos));
    put(all, "Atan", Recipe.of(Math::atan));
    put(all, "Asinh", Recipe.of(Special::asinh));
    put(all, "Acosh", Recipe.of(Special::acosh));
    put(all, "Atanh", Recipe.of(Special::atanh));
    put(all, "Erf", Recipe.of(Special::erf));
    put(all, "Softplus", Recipe.of(Special::softplus));
    put(all, "Softsign", Recipe.of(x -> x / (1 + Math.abs(x))));
    put(all, "Mish", Recipe.of(x -> x * Math.tanh(Special.softplus(x))));
    // -1 * x + -0 turns the sign of 0 too
    put(
        all,
        "Neg",
        Signature.SIGNED,
        Recipe.of(x -> -x, (a, b, unsigned) -> -a, affine(1, 0, -1, -0f)));
    put(
        all,
        "Relu",
        Signature.SIGNED,
        Recipe.of(x -> Math.max(x, 0), (a, b, unsigned) -> Math.max(a, 0), step(Op.RELU, 1, 0)));
    // x + 0 takes the sign off 0
    put(
        all,
        "Abs",
        Signature.NUMBERS,
        Recipe.of(
            Math::abs,
            (a, b, unsigned) -> unsigned ? a : Math.abs(a),
            affine(R0, 0, -1, 0),
            step(Op.MAX, R0, 0, R0),
            affine(1, R0, 1, 0)));
    put(
        all,
        "Sign",
        Signature.NUMBERS,
        Recipe.of(Math::signum, (a, b, unsigned) -> Arithmetic.compare(a, 0, unsigned)));
  }

  private static void put(Map<String, Operator.Factory> all, String name, Recipe recipe) {
    put(all, name, Signature.REALS, recipe);
  }

  private static void put(
      Map<String, Operator.Factory> all, String name, Signature signature, Recipe recipe) {
    all.put(name, (node, context) -> new Elementwise(1, signature, recipe));
  }
}
