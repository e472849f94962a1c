package io.kioku.internal.onnx.op.elementwise;

import static io.kioku.internal.onnx.op.elementwise.Recipe.R0;
import static io.kioku.internal.onnx.op.elementwise.Recipe.affine;
import static io.kioku.internal.onnx.op.elementwise.Recipe.fill;
import static io.kioku.internal.onnx.op.elementwise.Recipe.step;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.elementwise.BroadcastKernel.RowLoop;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Functions of one number that have no parameters.
public final class MathFunctions {
  private MathFunctions() {}

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "Exp" -> of(Recipe.of(Math::exp, step(Op.EXP, 1, 0)));
      case "Log" -> of(Recipe.of(Math::log, step(Op.LOG, 1, 0)));
      case "Sigmoid" -> of(Recipe.of(SpecialFunctions::sigmoid, step(Op.SIGMOID, 1, 0)));
      case "Tanh" -> of(Recipe.of(Math::tanh, step(Op.TANH, 1, 0)));
      case "Sqrt" -> of(SquareRoots.recipe());
      case "Reciprocal" -> of(Recipe.of(x -> 1 / x, fill(R0, 1), step(Op.DIV, 1, R0, 0)));
      case "Floor" -> of(Recipe.of(Math::floor, step(Op.FLOOR, 1, 0)));
      case "Ceil" ->
          of(
              Recipe.of(
                  Math::ceil,
                  affine(R0, 0, -1, -0f),
                  step(Op.FLOOR, R0, R0),
                  affine(1, R0, -1, -0f)));
      case "Round" -> of(Recipe.of(Math::rint));
      case "Sin" -> of(Recipe.of(Math::sin));
      case "Cos" -> of(Recipe.of(Math::cos));
      case "Tan" -> of(Recipe.of(Math::tan));
      case "Sinh" -> of(Recipe.of(Math::sinh));
      case "Cosh" -> of(Recipe.of(Math::cosh));
      case "Asin" -> of(Recipe.of(Math::asin));
      case "Acos" -> of(Recipe.of(Math::acos));
      case "Atan" -> of(Recipe.of(Math::atan));
      case "Asinh" -> of(Recipe.of(SpecialFunctions::asinh));
      case "Acosh" -> of(Recipe.of(SpecialFunctions::acosh));
      case "Atanh" -> of(Recipe.of(SpecialFunctions::atanh));
      case "Erf" -> of(Recipe.of(SpecialFunctions::erf, step(Op.ERF, 1, 0)));
      case "Softplus" -> of(Recipe.of(SpecialFunctions::softplus));
      case "Softsign" ->
          of(
              Recipe.of(
                  x -> x / (1 + Math.abs(x)),
                  affine(R0, 0, -1, 0),
                  step(Op.MAX, R0, 0, R0),
                  affine(R0, R0, 1, 1),
                  step(Op.DIV, 1, 0, R0)));
      case "Mish" -> of(Recipe.of(x -> x * Math.tanh(SpecialFunctions.softplus(x))));
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
    return new ElementwiseOperator(1, signature, recipe);
  }

  /// Square roots of float32 in parts on the heap, where the compiler makes vectors of a loop. One
  /// thread at a time.
  private static final class SquareRoots implements RowLoop {
    private static final int WIDTH = 256;
    private static final RowLoop OTHERS = RowLoop.reals(Math::sqrt);

    private final float[] part = new float[WIDTH];

    private SquareRoots() {}

    static Recipe recipe() {
      return new Recipe(
          (in, out) -> out.storage() == ElementType.FLOAT ? new SquareRoots() : OTHERS, null);
    }

    @Override
    public void row(Value[] in, Value out, StridedWalk at, long row) {
      long from = (at.at(0) + row * at.stride(0, 1)) * Float.BYTES;
      long to = (at.at(in.length) + row * at.dim(0)) * Float.BYTES;
      for (long done = 0; done < at.dim(0); done += WIDTH) {
        int count = (int) Math.min(WIDTH, at.dim(0) - done);
        long moved = done * Float.BYTES;
        MemorySegment.copy(in[0].data(), ValueLayout.JAVA_FLOAT, from + moved, part, 0, count);
        for (int i = 0; i < count; i++) {
          part[i] = (float) Math.sqrt(part[i]);
        }
        MemorySegment.copy(part, 0, out.data(), ValueLayout.JAVA_FLOAT, to + moved, count);
      }
    }
  }
}
