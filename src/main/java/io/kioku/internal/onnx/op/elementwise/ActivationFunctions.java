package io.kioku.internal.onnx.op.elementwise;

import static io.kioku.internal.onnx.op.elementwise.Recipe.R0;
import static io.kioku.internal.onnx.op.elementwise.Recipe.R1;
import static io.kioku.internal.onnx.op.elementwise.Recipe.R2;
import static io.kioku.internal.onnx.op.elementwise.Recipe.affine;
import static io.kioku.internal.onnx.op.elementwise.Recipe.fill;
import static io.kioku.internal.onnx.op.elementwise.Recipe.step;

import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import java.util.function.DoubleUnaryOperator;

/// Functions of one number that have parameters.
public final class ActivationFunctions {
  private static final Recipe PRELU =
      Recipe.of(
          (x, slope) -> x < 0 ? slope * x : x,
          (x, slope, unsigned) -> x < 0 && !unsigned ? slope * x : x);

  private ActivationFunctions() {}

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    Attributes a = node.attributes();
    return switch (node.qualifiedOperator()) {
      case "LeakyRelu" -> of(leakyRelu(a.real("alpha", 0.01f)));
      case "Elu" -> of(elu(a.real("alpha", 1), 1));
      case "Celu" -> of(celu(a.real("alpha", 1)));
      case "Selu" -> of(elu(a.real("alpha", 1.6732632f), a.real("gamma", 1.0507010f)));
      case "ThresholdedRelu" -> of(thresholdedRelu(a.real("alpha", 1)));
      case "HardSigmoid" -> of(hardSigmoid(a.real("alpha", 0.2f), a.real("beta", 0.5f)));
      case "HardSwish" -> of(hardSwish());
      case "Swish" -> of(swish(a.real("alpha", 1)));
      case "Gelu" -> of(gelu(a.text("approximate", "none")));
      case "Shrink" -> of(shrink(a.real("lambd", 0.5f), a.real("bias", 0)));
      case "PRelu" -> new Prelu(new ElementwiseOperator(2, Signature.NUMBERS, PRELU));
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }

  private static Operator of(Recipe recipe) {
    return new ElementwiseOperator(1, Signature.REALS, recipe);
  }

  private static Recipe leakyRelu(float alpha) {
    return Recipe.of(
        x -> x < 0 ? alpha * x : x,
        fill(R0, 0),
        step(Op.MIN, R1, 0, R0),
        step(Op.MAX, R2, 0, R0),
        fill(R0, alpha),
        step(Op.MULADD, 1, R0, R1, R2));
  }

  /// `gamma * (max(x, 0) + alpha * (exp(min(x, 0)) - 1))`.
  private static Recipe elu(float alpha, float gamma) {
    float factor = gamma * alpha;
    return Recipe.of(
        x -> gamma * (x < 0 ? alpha * Math.expm1(x) : x),
        fill(R0, 0),
        step(Op.MIN, R1, 0, R0),
        step(Op.EXP, R1, R1),
        affine(R1, R1, factor, -factor), // 0 where x is not below 0
        step(Op.MAX, R2, 0, R0),
        fill(R0, gamma),
        step(Op.MULADD, 1, R0, R2, R1));
  }

  private static Recipe shrink(float lambd, float bias) {
    return Recipe.of(x -> x < -lambd ? x + bias : x > lambd ? x - bias : 0);
  }

  private static Recipe celu(float alpha) {
    DoubleUnaryOperator real = x -> x < 0 ? alpha * Math.expm1(x / alpha) : x;
    if (alpha == 0) {
      return Recipe.of(real);
    }
    return Recipe.of(
        real,
        fill(R0, 0),
        step(Op.MIN, R1, 0, R0),
        step(Op.MAX, R2, 0, R0),
        fill(R0, alpha),
        step(Op.DIV, R1, R1, R0),
        step(Op.EXP, R1, R1),
        affine(R1, R1, alpha, -alpha), // 0 where x is not below 0
        step(Op.ADD, 1, R1, R2));
  }

  private static Recipe thresholdedRelu(float alpha) {
    return Recipe.of(x -> x > alpha ? x : 0);
  }

  private static Recipe hardSigmoid(float alpha, float beta) {
    return Recipe.of(
        x -> Math.clamp(alpha * x + beta, 0, 1),
        affine(R0, 0, alpha, beta),
        step(Op.RELU, R0, R0),
        fill(R1, 1),
        step(Op.MIN, 1, R0, R1));
  }

  private static Recipe hardSwish() {
    float alpha = 1 / 6f;
    return Recipe.of(
        x -> x * Math.max(0, Math.min(1, alpha * x + 0.5)),
        affine(R0, 0, alpha, 0.5f),
        step(Op.RELU, R0, R0),
        fill(R1, 1),
        step(Op.MIN, R0, R0, R1),
        step(Op.MUL, 1, 0, R0));
  }

  private static Recipe swish(float alpha) {
    return Recipe.of(
        x -> x * SpecialFunctions.sigmoid(alpha * x),
        affine(R0, 0, alpha, -0f),
        step(Op.SIGMOID, R0, R0),
        step(Op.MUL, 1, 0, R0));
  }

  private static Recipe gelu(String approximate) {
    return switch (approximate) {
      case "none" ->
          Recipe.of(
              x -> 0.5 * x * (1 + SpecialFunctions.erf(x * Math.sqrt(0.5))),
              affine(R0, 0, (float) Math.sqrt(0.5), -0f),
              step(Op.ERF, R0, R0),
              affine(R0, R0, 0.5f, 0.5f),
              step(Op.MUL, 1, 0, R0));
      case "tanh" ->
          Recipe.of(
              x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
              step(Op.MUL, R0, 0, 0),
              affine(
                  R0,
                  R0,
                  (float) (Math.sqrt(2 / Math.PI) * 0.044715),
                  (float) Math.sqrt(2 / Math.PI)),
              step(Op.MUL, R0, R0, 0),
              step(Op.TANH, R0, R0),
              affine(R0, R0, 0.5f, 0.5f),
              step(Op.MUL, 1, 0, R0));
      default ->
          throw new Refusal(
              "attribute approximate is '%s', expected none or tanh".formatted(approximate));
    };
  }

  /// The slope is repeated to the input's shape, not the other way round.
  private record Prelu(ElementwiseOperator operator) implements Operator {
    @Override
    public void infer(ShapeInference node) {
      Broadcasting.check(node.dims(1), node.dims(0));
      operator.infer(node);
    }

    @Override
    public Kernel kernel(KernelContext context) {
      return operator.kernel(context);
    }

    @Override
    public String backend() {
      return operator.backend();
    }
  }
}
