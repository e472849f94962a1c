package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import java.util.Arrays;

/// QuantizeLinear and DequantizeLinear: with one scale, one for each place along an axis, or one
/// for each block.
///
/// @param output the type that the file wants; null if it does not say
record Linear(boolean quantize, Scales scales, ElementType output) implements Operator {
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

  static Operator quantize(Node node, OperatorContext context) {
    node.attributes().ignore("saturate"); // it is about types that are not supported
    ElementType precision = type(node, "precision");
    if (precision != null && precision.storage() != ElementType.FLOAT) {
      throw new Refusal("attribute precision is %s, expected float".formatted(precision));
    }
    return new Linear(true, Scales.of(node), type(node, "output_dtype"));
  }

  static Operator dequantize(Node node, OperatorContext context) {
    return new Linear(false, Scales.of(node), type(node, "output_dtype"));
  }

  private static ElementType type(Node node, String attribute) {
    int code = node.attributes().small(attribute, 0);
    return code == 0
        ? null
        : ElementType.ofCode(code)
            .orElseThrow(() ->
                new Refusal(
                    "attribute %s is type %d, which is not supported".formatted(attribute, code)));
  }

  @Override
  public void infer(Inference node) {
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
  private ElementType codes(Inference node) {
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
  private ElementType numbers(Inference node) {
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
    return new ScaledKernel(context, scales, quantize ? Codes::quantize : Codes::dequantize);
  }
}
