package io.kioku.internal.onnx.op.shape;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Axes;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Listed;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Shapes;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.StridedCopy;

/// ConstantOfShape: one number everywhere; 0 in float32 if none is told.
final class ConstantOfShape implements Operator {
  private final Constant value; // null: 0
  private final Listed shape;

  ConstantOfShape(Node node) {
    value = node.attributes().constant("value");
    shape = Listed.of(node, "input", 9, 0);
    if (value != null && value.size() != 1) {
      throw new Refusal("attribute value is %s, expected one number".formatted(value));
    }
  }

  @Override
  public void infer(Inference node) {
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
