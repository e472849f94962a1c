package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.FloatProgram;
import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.op.Kernel;
import io.kioku.internal.onnx.op.Value;
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
  private final Broadcast at;
  private Loop loop;
  private FloatProgram program;
  private boolean floats;

  BroadcastKernel(Arena arena, Recipe recipe, Value out, Value... in) {
    this.in = in;
    this.out = out;
    this.recipe = recipe;
    this.arena = arena;
    this.at = new Broadcast(in.length);
  }

  @Override
  public void prepare() {
    at.prepare(in, out);
    floats = recipe.program() != null && out.storage() == ElementType.FLOAT;
    for (Value value : in) {
      floats &= value.storage() == ElementType.FLOAT;
    }
    loop = recipe.choice().loop(in, out);
    if (floats) {
      writeProgram();
    }
  }

  /// Columns are spread into registers first.
  private void writeProgram() {
    List<Instruction> instructions = recipe.program();
    if (program == null) {
      program = new FloatProgram(arena, instructions.size() + in.length, in.length + 1);
    }
    program.clear();
    for (int k = 0; k < in.length; k++) {
      if (at.columnStride(k) == 0) {
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
    boolean spread = operand >= 0 && operand < in.length && at.columnStride(operand) == 0;
    return spread ? -1 - operand : operand;
  }

  @Override
  public void run() {
    at.rewind();
    while (at.next()) {
      if (floats) {
        runProgram();
      } else {
        for (long row = 0; row < at.rows(); row++) {
          loop.row(in, out, at, row);
        }
      }
    }
  }

  private void runProgram() {
    for (int k = 0; k < in.length; k++) {
      program.operand(k, in[k].data().address() + at.offset(k) * Float.BYTES, at.rowStride(k));
    }
    program.operand(in.length, out.data().address() + at.start() * Float.BYTES, at.columns());
    program.run(at.rows(), at.columns());
  }
}
