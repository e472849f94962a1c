package io.kioku.internal.onnx.op.control;

import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.KernelContext.Subgraph;
import io.kioku.internal.onnx.op.Value;

/// The values that a loop carries from step to step. What a step gives may lie where it has read
/// from, as when it only swaps two values; so results are moved to memory of their own before any
/// of them is the next step's input.
final class CarriedValues {
  private final Value[] initial;
  private final Value[] in; // of the body; as are the results
  private final Value[] results;
  private final Value[] free; // not what the body's inputs show
  private final Value[] used;
  private final boolean[] moved;

  /// @param nodeInput the first of the node's inputs that is carried
  /// @param bodyInput the first of the body's
  /// @param bodyOutput the first of the body's outputs
  CarriedValues(
      KernelContext context,
      Subgraph body,
      int nodeInput,
      int bodyInput,
      int bodyOutput,
      int count) {
    initial = new Value[count];
    in = new Value[count];
    results = new Value[count];
    free = new Value[count];
    used = new Value[count];
    moved = new boolean[count];
    for (int k = 0; k < count; k++) {
      initial[k] = context.in(nodeInput + k);
      in[k] = body.inputs().get(bodyInput + k);
      results[k] = body.outputs().get(bodyOutput + k);
      free[k] = context.scratch();
      used[k] = context.scratch();
    }
  }

  /// Before the first step.
  void start() {
    for (int k = 0; k < in.length; k++) {
      in[k].alias(initial[k]);
    }
  }

  /// After each step: what it has given is what the next one gets.
  void step() {
    for (int k = 0; k < in.length; k++) {
      moved[k] = !isSame(results[k], in[k]);
      if (moved[k]) {
        free[k].copy(results[k]);
      }
    }
    for (int k = 0; k < in.length; k++) {
      if (moved[k]) {
        in[k].alias(free[k]);
        Value last = used[k];
        used[k] = free[k];
        free[k] = last;
      }
    }
  }

  private static boolean isSame(Value result, Value in) {
    return !result.isSequence()
        && !in.isSequence()
        && result.data().address() == in.data().address()
        && result.shape().is(in.type(), in.dims());
  }

  /// After the last step: outputs show what is carried.
  void finish(KernelContext context) {
    for (int k = 0; k < in.length && k < context.outputs(); k++) {
      context.out(k).alias(in[k]);
    }
  }
}
