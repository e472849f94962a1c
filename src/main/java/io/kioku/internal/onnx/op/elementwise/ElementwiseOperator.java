package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.Refusal;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.FloatElementwise;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.KernelContext;
import io.kioku.internal.onnx.op.ShapeInference;
import io.kioku.internal.onnx.op.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// An operator with a fixed number of inputs whose shapes are broadcast.
///
/// @param inputs their number
record ElementwiseOperator(int inputs, Signature signature, Recipe recipe)
    implements FloatElementwise {
  @Override
  public List<Instruction> floatProgram() {
    return recipe.program() == null ? List.of() : recipe.program();
  }

  @Override
  public void infer(ShapeInference node) {
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

  /// An operator that takes its inputs one after another: computes the output from the first two,
  /// then from itself and the next.
  ///
  /// @param recipes for each input but the first
  /// @param last computes the output from itself in the end; null: nothing does
  record Chain(Signature signature, List<Recipe> recipes, Recipe last) implements FloatElementwise {
    /// The same for all inputs of a node.
    static Chain of(Signature signature, Recipe recipe, Recipe last, GraphNode node) {
      int count = Math.max(0, node.inputs().size() - 1);
      return new Chain(signature, Collections.nCopies(count, recipe), last);
    }

    @Override
    public void infer(ShapeInference node) {
      int[] all = new int[recipes.size() + 1];
      for (int i = 0; i < all.length; i++) {
        node.need(i, Integer.toString(i));
        all[i] = i;
      }
      ElementType type = signature.result(node);
      long[] dims = Broadcasting.dims(node, all);
      if (recipes.isEmpty()) {
        node.view(0, 0, dims);
      } else {
        node.out(0, type, dims);
      }
    }

    @Override
    public List<Instruction> floatProgram() {
      int out = recipes.size() + 1;
      List<Instruction> all = new ArrayList<>();
      for (int i = 0; i < recipes.size(); i++) {
        recipes.get(i).append(all, i == 0 ? 0 : out, i + 1, out);
      }
      if (last != null && !all.isEmpty()) {
        last.append(all, out, out);
      }
      return all;
    }

    @Override
    public Kernel kernel(KernelContext context) {
      List<Kernel> kernels = new ArrayList<>();
      Value out = context.out(0);
      Value so = context.in(0);
      for (int i = 0; i < recipes.size(); i++) {
        kernels.add(
            new BroadcastKernel(context.arena(), recipes.get(i), out, so, context.in(i + 1)));
        so = out;
      }
      if (last != null) {
        kernels.add(new BroadcastKernel(context.arena(), last, out, out));
      }
      return new Sequence(kernels.toArray(Kernel[]::new));
    }

    @Override
    public String backend() {
      return "kioku";
    }

    /// Kernels one after another.
    static final class Sequence implements Kernel {
      private final Kernel[] kernels;

      Sequence(Kernel... kernels) {
        this.kernels = kernels;
      }

      @Override
      public void prepare() {
        for (Kernel kernel : kernels) {
          kernel.prepare();
        }
      }

      @Override
      public void run() {
        for (Kernel kernel : kernels) {
          kernel.run();
        }
      }
    }
  }
}
