package io.kioku.internal.onnx.op.random;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Shapes;
import io.kioku.internal.onnx.op.Value;
import java.util.SplittableRandom;

/// Random numbers. Each node of a session has a sequence of its own, which goes on from run to run;
/// another session has the same one. It begins with the attribute seed, or without one with the
/// node's name.
public final class RandomOperators implements Operator {
  private enum Kind {
    NORMAL,
    UNIFORM,
    BERNOULLI,
    MULTINOMIAL
  }

  private final Kind kind;
  private final long seed;
  private final long[] shape; // null: an input's
  private final ElementType type; // null: an input's
  private final double first; // the mean, or the least
  private final double second; // the deviation, or the range
  private final long samples;

  private RandomOperators(GraphNode node) {
    String name = node.operator();
    kind =
        name.equals("Bernoulli")
            ? Kind.BERNOULLI
            : name.equals("Multinomial")
                ? Kind.MULTINOMIAL
                : name.startsWith("RandomNormal") ? Kind.NORMAL : Kind.UNIFORM;
    var a = node.attributes();
    seed = a.has("seed") ? Float.floatToIntBits(a.real("seed", 0)) : node.name().hashCode();
    boolean isFree = kind == Kind.NORMAL || kind == Kind.UNIFORM;
    boolean hasShape = isFree && !name.endsWith("Like");
    shape = hasShape ? a.integers("shape") : null;
    if (hasShape && shape == null) {
      throw new Refusal("attribute shape is missing");
    }
    if (hasShape) {
      Shapes.checkNoneNegative("attribute shape", shape);
    }
    type = type(node, hasShape);
    first = kind == Kind.NORMAL ? a.real("mean", 0) : kind == Kind.UNIFORM ? a.real("low", 0) : 0;
    second =
        kind == Kind.NORMAL
            ? a.real("scale", 1)
            : kind == Kind.UNIFORM ? a.real("high", 1) - first : 1;
    samples = kind == Kind.MULTINOMIAL ? a.integer("sample_size", 1) : 0;
    if (samples < 0) {
      throw new Refusal("attribute sample_size is %d, expected at least 0".formatted(samples));
    }
  }

  private ElementType type(GraphNode node, boolean hasShape) {
    int absent =
        kind == Kind.MULTINOMIAL
            ? ElementType.INT32.code()
            : hasShape ? ElementType.FLOAT.code() : 0;
    int code = node.attributes().small("dtype", absent);
    ElementType found = ElementType.ofCode(code).orElse(null);
    boolean isWhole = found == ElementType.INT32 || found == ElementType.INT64;
    boolean fits =
        switch (kind) {
          case NORMAL, UNIFORM -> found == null || found.isReal();
          case MULTINOMIAL -> isWhole;
          case BERNOULLI -> true;
        };
    if (!fits || (found == null && code != 0)) {
      throw new Refusal("attribute dtype is %d, which it cannot be".formatted(code));
    }
    return found;
  }

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return new RandomOperators(node);
  }

  @Override
  public boolean isRandom() {
    return true;
  }

  @Override
  public void infer(ShapeInference node) {
    if (shape != null) {
      node.out(0, type, shape);
      return;
    }
    node.need(0, "input");
    if (kind == Kind.BERNOULLI || kind == Kind.MULTINOMIAL) {
      node.real(0);
    }
    long[] x = node.dims(0);
    if (kind == Kind.MULTINOMIAL) {
      node.rank(0, 2);
      if (x != null && x[1] == 0 && samples > 0) {
        throw new Refusal("the input has shape %s, expected a class at least", new Dims(x));
      }
      node.out(0, type, x == null ? -1 : x[0], samples);
      return;
    }
    ElementType own = type == null ? node.type(0) : type;
    if (own != null && kind != Kind.BERNOULLI && !own.isReal()) {
      throw new Refusal("the output would be of %s, expected floats".formatted(own));
    }
    node.out(0, own, x);
  }

  @Override
  public Kernel kernel(KernelContext context) {
    SplittableRandom random = new SplittableRandom(seed);
    Value y = context.out(0);
    Value x = context.in(0);
    return switch (kind) {
      case NORMAL ->
          () -> {
            for (long i = 0; i < y.size(); i++) {
              y.setDouble(i, first + second * normal(random));
            }
          };
      case UNIFORM ->
          () -> {
            for (long i = 0; i < y.size(); i++) {
              y.setDouble(i, first + second * random.nextDouble());
            }
          };
      case BERNOULLI ->
          () -> {
            for (long i = 0; i < y.size(); i++) {
              y.setDouble(i, random.nextDouble() < x.asDouble(i) ? 1 : 0);
            }
          };
      case MULTINOMIAL ->
          () -> {
            for (long i = 0; i < y.size(); i++) {
              y.setLong(i, sample(x, i / samples * x.dim(1), x.dim(1), random.nextDouble()));
            }
          };
    };
  }

  /// Box and Muller (1958), one of the two.
  private static double normal(SplittableRandom random) {
    double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
    return radius * Math.cos(2 * Math.PI * random.nextDouble());
  }

  /// A class, by the logarithms of how likely they are.
  private static long sample(Value x, long first, long classes, double share) {
    double max = Double.NEGATIVE_INFINITY;
    for (long c = 0; c < classes; c++) {
      max = Math.max(max, x.asDouble(first + c));
    }
    double sum = 0;
    for (long c = 0; c < classes; c++) {
      sum += Math.exp(x.asDouble(first + c) - max);
    }
    double left = share * sum;
    long last = 0;
    for (long c = 0; c < classes; c++) {
      double own = Math.exp(x.asDouble(first + c) - max);
      last = own > 0 ? c : last;
      left -= own;
      if (left < 0) {
        return c;
      }
    }
    return last;
  }
}
