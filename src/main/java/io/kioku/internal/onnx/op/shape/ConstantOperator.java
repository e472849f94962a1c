package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Attributes;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;

/// Constant: a tensor, or numbers. It is known when the model is loaded.
final class ConstantOperator implements Operator {
  private final Constant tensor; // null: numbers
  private final boolean scalar;
  private final float[] floats; // null: integers
  private final long[] integers;

  ConstantOperator(Node node) {
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
  public void infer(Inference node) {
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
