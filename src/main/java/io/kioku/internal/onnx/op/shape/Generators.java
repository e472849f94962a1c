package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Shapes;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// Operators that make elements.
public final class Generators {
  private Generators() {}

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.operator()) {
      case "Constant" -> new ConstantNode(node);
      case "ConstantOfShape" -> new ConstantOfShape(node);
      case "EyeLike" -> new EyeLike(node);
      case "Range" -> new RangeOperator();
      default -> throw new IllegalArgumentException(node.operator());
    };
  }

  /// Constant: a tensor, or numbers. It is known when the model is loaded.
  private static final class ConstantNode implements Operator {
    private final Constant tensor; // null: numbers
    private final boolean scalar;
    private final float[] floats; // null: integers
    private final long[] integers;

    ConstantNode(GraphNode node) {
      Attributes attributes = node.attributes();
      tensor = attributes.constant("value");
      scalar = attributes.has("value_float") || attributes.has("value_int");
      floats =
          attributes.has("value_float")
              ? new float[] {attributes.real("value_float", 0)}
              : attributes.reals("value_floats");
      integers =
          attributes.has("value_int")
              ? new long[] {attributes.integer("value_int", 0)}
              : attributes.integers("value_ints");
      if (tensor == null && floats == null && integers == null && attributes.unread().isEmpty()) {
        throw new Refusal("its value is missing");
      }
    }

    @Override
    public void infer(ShapeInference node) {
      if (tensor != null) {
        node.later(0, Known.of(tensor));
      } else if (floats != null) {
        node.out(0, ElementType.FLOAT, dims(floats.length));
      } else if (integers != null) {
        node.out(0, ElementType.INT64, dims(integers.length));
        node.holds(0, integers);
      }
    }

    private long[] dims(int count) {
      return scalar ? new long[0] : new long[] {count};
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value out = context.out(0);
      return () -> {
        if (tensor != null) {
          out.alias(new Value("", tensor));
        }
        for (int i = 0; floats != null && i < floats.length; i++) {
          out.f32(i, floats[i]);
        }
        for (int i = 0; floats == null && integers != null && i < integers.length; i++) {
          out.setLong(i, integers[i]);
        }
      };
    }
  }

  /// ConstantOfShape: one number everywhere; 0 in float32 if none is told.
  private static final class ConstantOfShape implements Operator {
    private final Constant value; // null: 0
    private final Listed shape;

    ConstantOfShape(GraphNode node) {
      value = node.attributes().constant("value");
      shape = Listed.of(node, "input", 9, 0);
      if (value != null && value.size() != 1) {
        throw new Refusal("attribute value is %s, expected one number".formatted(value));
      }
    }

    @Override
    public void infer(ShapeInference node) {
      shape.need(node);
      long[] asked = shape.values(node);
      ElementType type = value == null ? ElementType.FLOAT : value.type();
      if (asked != null) {
        Shapes.checkNoneNegative("shape", asked);
        node.out(0, type, asked);
      } else {
        node.out(0, type, Axes.unknown(shape.count(node)));
      }
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value out = context.out(0);
      if (value == null) {
        return () -> out.data().fill((byte) 0);
      }
      return StridedCopy.kernel(
          new Value("value", value),
          out,
          () -> StridedCopy.filling(out.storage().bytes(), out.dims()));
    }
  }

  /// EyeLike: a matrix of an input's shape, 1 on a diagonal and 0 elsewhere.
  private static final class EyeLike implements Operator {
    private final long diagonal;
    private final ElementType type; // null: the input's

    EyeLike(GraphNode node) {
      diagonal = node.attributes().integer("k", 0);
      int code = node.attributes().small("dtype", 0);
      type = ElementType.ofCode(code).orElse(null);
      if (type == null && node.attributes().has("dtype")) {
        throw new Refusal("attribute dtype is %d, which is not supported".formatted(code));
      }
    }

    @Override
    public boolean readsValues() {
      return false;
    }

    @Override
    public void infer(ShapeInference node) {
      node.need(0, "input");
      node.rank(0, 2);
      node.out(0, type == null ? node.type(0) : type, node.dims(0));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value out = context.out(0);
      return () -> {
        out.data().fill((byte) 0);
        long columns = out.dim(1);
        long k = Math.clamp(diagonal, -out.dim(0), columns);
        for (long row = Math.max(0, -k); row < out.dim(0) && row + k < columns; row++) {
          out.setLong(row * columns + row + k, 1);
        }
      };
    }
  }

  /// Range: from a start towards a limit, in steps.
  private static final class RangeOperator implements Operator {
    @Override
    public void infer(ShapeInference node) {
      ElementType type = null;
      for (int k = 0; k < 3; k++) {
        node.need(k, k == 0 ? "start" : k == 1 ? "limit" : "delta");
        node.types(
            k,
            ElementType.FLOAT,
            ElementType.DOUBLE,
            ElementType.INT16,
            ElementType.INT32,
            ElementType.INT64);
        if (type != null) {
          node.types(k, type);
        }
        node.single(k);
        type = type == null ? node.type(k) : type;
      }
      node.later(0, Known.of(type, -1));
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value start = context.in(0);
      Value limit = context.in(1);
      Value delta = context.in(2);
      Value out = context.out(0);
      long[] dims = new long[1];
      return () -> {
        boolean real = start.type().isReal();
        dims[0] =
            real
                ? count(start.asDouble(0), limit.asDouble(0), delta.asDouble(0))
                : count(start.asLong(0), limit.asLong(0), delta.asLong(0));
        out.resize(start.type(), dims);
        if (real) {
          fill(out, start.asDouble(0), delta.asDouble(0));
        } else {
          fill(out, start.asLong(0), delta.asLong(0));
        }
      };
    }

    private static long count(double start, double limit, double delta) {
      double count = Math.ceil((limit - start) / delta);
      if (!(count < Long.MAX_VALUE)) {
        throw new Refusal(
            "from %s to %s in steps of %s there is no end".formatted(start, limit, delta));
      }
      return (long) Math.max(0, count);
    }

    private static long count(long start, long limit, long delta) {
      if (delta == 0) {
        throw new Refusal("from %d to %d in steps of 0 there is no end".formatted(start, limit));
      }
      if (delta > 0 ? start >= limit : start <= limit) {
        return 0;
      }
      return Math.ceilDiv(Math.subtractExact(limit, start), delta);
    }

    private static void fill(Value out, double start, double delta) {
      for (long i = 0; i < out.size(); i++) {
        out.setDouble(i, start + i * delta);
      }
    }

    private static void fill(Value out, long start, long delta) {
      for (long i = 0; i < out.size(); i++) {
        out.setLong(i, start + i * delta);
      }
    }
  }
}
