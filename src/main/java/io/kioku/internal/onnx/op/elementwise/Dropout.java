package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.ValueLayout;

/// Drops nothing, as it is when a model is not trained; the mask is all true.
///
/// @param maskType null: the input's, as it was before operator set 10
public record Dropout(ElementType maskType) implements Operator {
  private static final int MASK_IS_BOOL = 10;
  private static final int TRAINING = 2; // an input

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    node.attributes().ignore("ratio", "seed");
    boolean mayTrain = node.inputs().size() > TRAINING && !node.inputs().get(TRAINING).isEmpty();
    if (mayTrain && !isFalse(context.constant(TRAINING))) {
      throw new Refusal("training_mode is not known to be false: models are not trained here");
    }
    return new Dropout(node.version() < MASK_IS_BOOL ? null : ElementType.BOOL);
  }

  private static boolean isFalse(Constant constant) {
    return constant != null
        && constant.type() == ElementType.BOOL
        && constant.size() == 1
        && constant.data().get(ValueLayout.JAVA_BYTE, 0) == 0;
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "data");
    node.real(0);
    if (node.has(1)) {
      node.real(1);
      node.single(1);
    }
    if (node.has(TRAINING)) {
      node.types(TRAINING, ElementType.BOOL); // its value was looked at when this was made
    }
    node.view(0, 0, node.dims(0));
    node.out(1, maskType == null ? node.type(0) : maskType, node.dims(0));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value mask = context.out(1);
    return () -> {
      for (long i = 0; i < mask.size(); i++) {
        mask.setLong(i, 1);
      }
    };
  }
}
