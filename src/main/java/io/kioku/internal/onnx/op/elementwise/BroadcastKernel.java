package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.FloatProgram;
import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.op.Broadcasting;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.tensor.Layout;
import io.kioku.internal.onnx.op.tensor.StridedWalk;
import java.lang.foreign.Arena;
import java.util.List;

/// Computes each element of an output from those at its place in inputs that are broadcast: floats
/// by libkioku where a program is given, all else row by row.
///
/// The output may be one of the inputs that have its shape.
final class BroadcastKernel implements Kernel {
  private final Value[] in;
  private final Value out;
  private final Recipe recipe;
  private final Arena arena;
  private StridedWalk at; // rows and columns of the inputs, then of the output
  private Loop loop;
  private FloatProgram program;
  private boolean floats;

  BroadcastKernel(Arena arena, Recipe recipe, Value out, Value... in) {
    this.in = in;
    this.out = out;
    this.recipe = recipe;
    this.arena = arena;
  }

  @Override
  public void prepare() {
    at = walk();
    floats = recipe.program() != null && out.storage() == ElementType.FLOAT;
    for (Value value : in) {
      floats &= value.storage() == ElementType.FLOAT;
    }
    loop = recipe.choice().loop(in, out);
    if (floats) {
      writeProgram();
    }
  }

  /// Matrices, as few and as large as the shapes allow. Inputs of one shape are one row; an input
  /// and a bias, or a column, are one matrix. Inputs of one element fit whatever their rank is.
  private StridedWalk walk() {
    long[][] strides = new long[in.length + 1][];
    for (int k = 0; k < in.length; k++) {
      strides[k] =
          in[k].size() == 1 ? new long[out.rank()] : Broadcasting.strides(in[k].dims(), out.dims());
    }
    strides[in.length] = Layout.of(out.dims()).strides();
    return new StridedWalk(2, out.dims(), strides);
  }

  /// Columns are spread into registers first.
  private void writeProgram() {
    List<Instruction> instructions = recipe.program();
    if (program == null) {
      program = new FloatProgram(arena, instructions.size() + in.length, in.length + 1);
    }
    program.clear();
    for (int k = 0; k < in.length; k++) {
      if (at.stride(k, 0) == 0) {
        program.add(new Instruction(Op.SPREAD, name(k), k, 0, 0, 0, 0));
      }
    }
    for (Instruction i : instructions) {
      program.add(
          new Instruction(
              i.op(), i.dst(), name(i.a()), name(i.b()), name(i.c()), i.alpha(), i.beta()));
    }
  }

  private int name(int operand) {
    boolean spread = operand >= 0 && operand < in.length && at.stride(operand, 0) == 0;
    return spread ? -1 - operand : operand;
  }

  @Override
  public void run() {
    at.rewind();
    while (at.next()) {
      if (floats) {
        runProgram();
      } else {
        for (long row = 0; row < at.dim(1); row++) {
          loop.row(in, out, at, row);
        }
      }
    }
  }

  private void runProgram() {
    for (int k = 0; k < in.length; k++) {
      program.operand(k, in[k].data().address() + at.at(k) * Float.BYTES, at.stride(k, 1));
    }
    program.operand(in.length, out.data().address() + at.at(in.length) * Float.BYTES, at.dim(0));
    program.run(at.dim(1), at.dim(0));
  }
}
