package io.kioku.internal.onnx.op.elementwise;

import static io.kioku.internal.onnx.op.elementwise.Recipe.R0;
import static io.kioku.internal.onnx.op.elementwise.Recipe.fill;
import static io.kioku.internal.onnx.op.elementwise.Recipe.step;

import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.op.FloatElementwise;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.elementwise.ElementwiseOperator.Chain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// `min(max(x, low), high)`: the bounds are inputs of one element, either may be left out.
public final class Clip implements FloatElementwise {
  /// Before it the bounds were attributes.
  private static final int BOUNDS_ARE_INPUTS = 11;

  private final List<Instruction> program = new ArrayList<>();

  /// Bounds with dimensions have no program: they must not become the output's.
  private Clip(GraphNode node, OperatorContext context) {
    int out = node.inputs().size();
    int from = 0;
    for (int i = 1; i < out; i++) {
      if (node.inputs().get(i).isEmpty()) {
        continue;
      }
      if (!Arrays.equals(context.input(i).dims(), new long[0])) {
        program.clear();
        return;
      }
      (i == 1 ? Arithmetic.MAX : Arithmetic.MIN).append(program, from, i, out);
      from = out;
    }
  }

  /// The operator of a node.
  public static Operator of(GraphNode node, OperatorContext context) {
    if (node.version() >= BOUNDS_ARE_INPUTS) {
      return new Clip(node, context);
    }
    float low = node.attributes().real("min", -Float.MAX_VALUE);
    float high = node.attributes().real("max", Float.MAX_VALUE);
    return new ElementwiseOperator(
        1,
        Signature.REALS,
        Recipe.of(
            x -> Math.min(Math.max(x, low), high),
            fill(R0, low),
            step(Op.MAX, 1, 0, R0),
            fill(R0, high),
            step(Op.MIN, 1, 1, R0)));
  }

  @Override
  public List<Instruction> floatProgram() {
    return program;
  }

  @Override
  public void infer(ShapeInference node) {
    node.need(0, "input");
    node.single(1);
    node.single(2);
    if (node.has(1) || node.has(2)) {
      node.out(0, Signature.NUMBERS.result(node), node.dims(0));
    } else {
      Signature.NUMBERS.result(node);
      node.view(0, 0, node.dims(0));
    }
  }

  @Override
  public Kernel kernel(KernelContext context) {
    List<Kernel> kernels = new ArrayList<>();
    Value out = context.out(0);
    Value so = context.in(0);
    if (context.in(1) != null) {
      kernels.add(new BroadcastKernel(context.arena(), Arithmetic.MAX, out, so, context.in(1)));
      so = out;
    }
    if (context.in(2) != null) {
      kernels.add(new BroadcastKernel(context.arena(), Arithmetic.MIN, out, so, context.in(2)));
    }
    return new Chain.Sequence(kernels.toArray(Kernel[]::new));
  }

  @Override
  public String backend() {
    return "kioku";
  }
}
