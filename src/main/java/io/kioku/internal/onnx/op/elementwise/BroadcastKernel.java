package io.kioku.internal.onnx.op.elementwise;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.ElementsCall;
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
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/// Computes each element of an output from those at its place in inputs that are broadcast: floats
/// by libkioku where a program is given, all else row by row.
///
/// The output may be one of the inputs that have its shape.
final class BroadcastKernel implements Kernel {
  private final Value[] in;
  private final Value out;
  private final Recipe recipe;
  private final Arena arena;
  private final ElementsCall elements;
  private StridedWalk at; // rows and columns of the inputs, then of the output
  private RowLoop loop;
  private FloatProgram program;
  private boolean floats;

  BroadcastKernel(Arena arena, Recipe recipe, Value out, Value... in) {
    this.in = in;
    this.out = out;
    this.recipe = recipe;
    this.arena = arena;
    this.elements = new ElementsCall(arena);
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
        loop.matrix(in, out, at, elements);
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

  /// Computes one row of an output from its inputs, whatever types they have.
  @FunctionalInterface
  interface RowLoop {
    /// Computes a row of the matrix that `at` stands on.
    void row(Value[] in, Value out, StridedWalk at, long row);

    /// Computes all rows.
    ///
    /// @param call for loops of libkioku's
    default void matrix(Value[] in, Value out, StridedWalk at, ElementsCall call) {
      for (long row = 0; row < at.dim(1); row++) {
        row(in, out, at, row);
      }
    }

    /// What is computed of two integers, modulo 2^64.
    @FunctionalInterface
    interface Whole {
      /// The result for two integers, or for one that is given twice; whether their type is
      /// unsigned.
      long apply(long a, long b, boolean unsigned);
    }

    /// In double, rounded to the output's type; a Boolean output is true where the result is not 0.
    static RowLoop reals(DoubleUnaryOperator f) {
      return (in, out, at, row) -> {
        Value a = in[0];
        long step = at.stride(0, 0);
        long from = at.at(0) + row * at.stride(0, 1);
        long columns = at.dim(0);
        long to = at.at(in.length) + row * columns;
        boolean floats = a.storage() == ElementType.FLOAT && out.storage() == ElementType.FLOAT;
        for (long i = 0; i < columns; i++, from += step) {
          if (floats) {
            out.f32(to + i, (float) f.applyAsDouble(a.f32(from)));
          } else {
            out.setDouble(to + i, f.applyAsDouble(a.asDouble(from)));
          }
        }
      };
    }

    /// In double, rounded to the output's type; a Boolean output is true where the result is not 0.
    static RowLoop reals(DoubleBinaryOperator f) {
      return (in, out, at, row) -> {
        long a = at.at(0) + row * at.stride(0, 1);
        long b = at.at(1) + row * at.stride(1, 1);
        long stepA = at.stride(0, 0);
        long stepB = at.stride(1, 0);
        long columns = at.dim(0);
        long to = at.at(in.length) + row * columns;
        for (long i = 0; i < columns; i++) {
          out.setDouble(to + i, f.applyAsDouble(in[0].asDouble(a), in[1].asDouble(b)));
          a += stepA;
          b += stepB;
        }
      };
    }

    /// Exactly, of one or two integers; what does not fit the output's type loses its upper bits.
    static RowLoop wholes(Whole f) {
      return (in, out, at, row) -> {
        int second = in.length - 1;
        boolean unsigned = in[0].type().isUnsigned();
        long a = at.at(0) + row * at.stride(0, 1);
        long b = at.at(second) + row * at.stride(second, 1);
        long stepA = at.stride(0, 0);
        long stepB = at.stride(second, 0);
        long columns = at.dim(0);
        long to = at.at(in.length) + row * columns;
        for (long i = 0; i < columns; i++) {
          out.setLong(to + i, f.apply(in[0].asLong(a), in[second].asLong(b), unsigned));
          a += stepA;
          b += stepB;
        }
      };
    }
  }
}
