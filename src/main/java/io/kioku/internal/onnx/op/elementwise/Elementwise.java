package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.Inference;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.Value;

/// An operator with a fixed number of inputs whose shapes are broadcast.
///
/// @param inputs their number
record Elementwise(int inputs, Signature signature, Recipe recipe) implements Operator {
  @Override
  public void infer(Inference node) {
    int[] all = new int[inputs];
    for (int i = 0; i < inputs; i++) {
      node.need(i, Integer.toString(i));
      all[i] = i;
    }
    if (node.inputs() > inputs) {
      throw new Refusal("there are %d inputs, expected %d".formatted(node.inputs(), inputs));
    }
    ElementType type = signature.result(node);
    node.out(0, type, Broadcasting.dims(node, all));
  }

  @Override
  public Kernel kernel(KernelContext context) {
    Value[] in = new Value[inputs];
    for (int i = 0; i < inputs; i++) {
      in[i] = context.in(i);
    }
    return new BroadcastKernel(context.arena(), recipe, context.out(0), in);
  }

  @Override
  public String backend() {
    return recipe.program() == null ? "java" : "kioku";
  }
}
