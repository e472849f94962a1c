package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.IntegerCodes;
import io.kioku.internal.onnx.graph.Dims;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.util.Arrays;

/// QuantizeLinear and DequantizeLinear: with one scale, one for each place along an axis, or one
/// for each block.
///
/// @param output the type that the file wants; null if it does not say
public record QuantizeLinear(boolean quantize, ScaleAxis scales, ElementType output)
    implements Operator {
  private static final ElementType[] CODES = {
    ElementType.UINT8, ElementType.INT8, ElementType.UINT16, ElementType.INT16
  };
  private static final ElementType[] ALL_CODES = {
    ElementType.UINT8, ElementType.INT8, ElementType.UINT16, ElementType.INT16, ElementType.INT32
  };
  private static final ElementType[] NUMBERS = {
    ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.INT32
  };
  private static final ElementType[] SCALES = {
    ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16
  };

  /// The operator of a node, by its name.
  public static Operator of(GraphNode node, OperatorContext context) {
    return switch (node.operator()) {
      case "QuantizeLinear" -> quantize(node);
      case "DequantizeLinear" -> dequantize(node);
      case "DynamicQuantizeLinear" -> new DynamicQuantizeLinear();
      default -> throw new IllegalArgumentException(node.operator());
    };
  }

  private static Operator quantize(GraphNode node) {
    node.attributes().ignore("saturate"); // it is about types that are not supported
    ElementType precision = type(node, "precision");
    if (precision != null && precision.storage() != ElementType.FLOAT) {
      throw new Refusal("attribute precision is %s, expected float".formatted(precision));
    }
    return new QuantizeLinear(true, ScaleAxis.of(node), type(node, "output_dtype"));
  }

  private static Operator dequantize(GraphNode node) {
    return new QuantizeLinear(false, ScaleAxis.of(node), type(node, "output_dtype"));
  }

  private static ElementType type(GraphNode node, String attribute) {
    int code = node.attributes().small(attribute, 0);
    return code == 0
        ? null
        : ElementType.ofCode(code)
            .orElseThrow(() ->
                new Refusal(
                    "attribute %s is type %d, which is not supported".formatted(attribute, code)));
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "x");
    node.need(1, "scale");
    node.types(0, quantize ? NUMBERS : ALL_CODES);
    node.types(1, SCALES);
    node.types(2, quantize ? CODES : ALL_CODES);
    scales.check(node);
    ElementType type = quantize ? codes(node) : numbers(node);
    node.out(0, type, node.dims(0));
  }

  /// The type of codes is the zero point's.
  private ElementType codes(ShapeInference node) {
    ElementType zero = node.type(2);
    ElementType absent = output == null ? ElementType.UINT8 : output;
    ElementType type = node.has(2) ? zero : absent;
    if (type != null) {
      expect(type, output == null ? type : output);
      if (!Arrays.asList(CODES).contains(type)) {
        throw new Refusal("attribute output_dtype is %s, which is not supported".formatted(type));
      }
    }
    return type;
  }

  /// The zero point's type is the codes'.
  private ElementType numbers(ShapeInference node) {
    if (node.type(0) != null && node.type(2) != null) {
      expect(node.type(2), node.type(0));
    }
    if (output != null && !Arrays.asList(SCALES).contains(output)) {
      throw new Refusal("attribute output_dtype is %s, expected a float type".formatted(output));
    }
    return output == null ? node.type(1) : output;
  }

  private static void expect(ElementType zero, ElementType type) {
    if (zero != type) {
      throw new Refusal("the zero point has type %s, expected %s".formatted(zero, type));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    return new ScaledKernel(
        context, scales, quantize ? QuantizedCodes::quantize : QuantizedCodes::dequantize);
  }

  /// Which scale and zero point a tensor's elements have: all the same ones, or those of their
  /// place along an axis, or those of their block along an axis.
  ///
  /// @param axis from the end if below 0
  /// @param block elements along the axis that share a scale; 0 if there are no blocks
  private record ScaleAxis(int axis, long block) {
    private static final int DEFAULT_AXIS = 1;

    /// Reads the attributes.
    static ScaleAxis of(GraphNode node) {
      long block = node.attributes().integer("block_size", 0);
      if (block < 0) {
        throw new Refusal("attribute block_size is %d, expected at least 0".formatted(block));
      }
      return new ScaleAxis(node.attributes().small("axis", DEFAULT_AXIS), block);
    }

    /// Refuses a scale (input 1) or zero point (input 2) whose shape does not fit the tensor's
    /// (input 0).
    void check(ShapeInference node) {
      long[] dims = node.dims(0);
      long[] scale = node.dims(1);
      long[] zero = node.dims(2);
      if (scale != null && zero != null && !(one(scale) && one(zero))) {
        require(zero, scale, "the zero point");
      }
      if (scale == null || dims == null || (one(scale) && block == 0)) {
        return;
      }
      int at = axis(dims.length);
      long[] expected = block == 0 ? new long[] {dims[at]} : dims.clone();
      if (block > 0 && dims[at] >= 0) {
        expected[at] = Math.ceilDiv(dims[at], block);
      }
      require(scale, expected, "the scale");
    }

    private static void require(long[] dims, long[] expected, String what) {
      boolean fits = dims.length == expected.length;
      for (int i = 0; fits && i < dims.length; i++) {
        fits = dims[i] == expected[i] || dims[i] < 0 || expected[i] < 0;
      }
      if (!fits) {
        throw new Refusal("%s has shape %s, expected %s", what, new Dims(dims), new Dims(expected));
      }
    }

    private static boolean one(long[] dims) {
      return dims.length == 0 || (dims.length == 1 && dims[0] == 1);
    }

    private int axis(int rank) {
      int at = axis < 0 ? axis + rank : axis;
      if (at < 0 || at >= rank) {
        throw new Refusal("axis %d of %d dimensions".formatted(axis, rank));
      }
      return at;
    }

    /// The way through a tensor of known shape.
    ScaleWalk walk(Value x, Value scale) {
      if (one(scale.dims()) && block == 0) {
        return new ScaleWalk(1, 1, x.size(), 1, 0, 0, 0);
      }
      int at = axis(x.rank());
      long outer = 1;
      long inner = 1;
      for (int i = 0; i < x.rank(); i++) {
        outer *= i < at ? x.dim(i) : 1;
        inner *= i > at ? x.dim(i) : 1;
      }
      return block == 0
          ? new ScaleWalk(outer, x.dim(at), inner, 1, 0, 1, 0)
          : new ScaleWalk(outer, x.dim(at), inner, block, scale.dim(at) * inner, inner, 1);
    }

    /// A tensor as (outer, length, inner); element (o, a, i) has the scale at `o * outerStride + a
    /// / block * stride + i * innerStride`.
    record ScaleWalk(
        long outer,
        long length,
        long inner,
        long block,
        long outerStride,
        long stride,
        long innerStride) {
      /// Where elements that follow each other along the axis have no longer [#step] between their
      /// scales: behind a block, or at the end.
      long endOfRun(long a) {
        return block == 1 ? length : Math.min(length, (a / block + 1) * block);
      }

      /// From the scale of an element to that of the next one, of those that are computed at once.
      long step() {
        return inner > 1 ? innerStride : block == 1 ? stride : 0;
      }
    }
  }

  /// Walks through a tensor with the scales and zero points of its elements.
  private static final class ScaledKernel implements Kernel {
    /// Computes elements that lie side by side.
    @FunctionalInterface
    interface CodeLoop {
      /// So many elements from one on; the index of their first scale and zero point, and how far
      /// the next one's are.
      void run(
          Value x, Value y, long from, long count, Value scale, Value zero, long index, long step);
    }

    private final ScaleAxis scales;
    private final CodeLoop loop;
    private final Value x;
    private final Value scale;
    private final Value zero; // null: 0
    private final Value y;
    private ScaleAxis.ScaleWalk walk;

    ScaledKernel(KernelContext context, ScaleAxis scales, CodeLoop loop) {
      this.scales = scales;
      this.loop = loop;
      x = context.in(0);
      scale = context.in(1);
      zero = context.in(2);
      y = context.out(0);
    }

    @Override
    public void prepare() {
      walk = scales.walk(x, scale);
    }

    @Override
    public void run() {
      long from = 0;
      for (long o = 0; o < walk.outer() && x.size() > 0; o++) {
        for (long a = 0, next; a < walk.length(); a = next) {
          next = walk.inner() > 1 ? a + 1 : walk.endOfRun(a);
          long index = o * walk.outerStride() + a / walk.block() * walk.stride();
          long count = (next - a) * walk.inner();
          loop.run(x, y, from, count, scale, zero, index, walk.step());
          from += count;
        }
      }
    }
  }

  /// DynamicQuantizeLinear: codes of 0 to 255 for a tensor's own range, which is widened to hold 0.
  private static final class DynamicQuantizeLinear implements Operator {
    @Override
    public void infer(ShapeInference node) {
      node.need(0, "x");
      node.types(0, ElementType.FLOAT);
      node.out(0, ElementType.UINT8, node.dims(0));
      node.out(1, ElementType.FLOAT);
      node.out(2, ElementType.UINT8);
    }

    @Override
    public Kernel kernel(KernelContext context) {
      Value x = context.in(0);
      Value y = context.out(0);
      Value scale = context.outputs() > 1 ? context.out(1) : context.scratch();
      Value zero = context.outputs() > 2 ? context.out(2) : context.scratch();
      return new Kernel() {
        @Override
        public void prepare() {
          scale.resize(ElementType.FLOAT);
          zero.resize(ElementType.UINT8);
        }

        @Override
        public void run() {
          long size = x.size();
          IntegerCodes.dynamicQuantize(
              1,
              size,
              size,
              x.data().address(),
              y.data().address(),
              scale.data().address(),
              zero.data().address());
        }
      };
    }
  }
}
