package io.kioku.internal.onnx.op.elementwise;

import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.ffi.Op;
import io.kioku.internal.onnx.op.Value;
import io.kioku.internal.onnx.op.elementwise.BroadcastKernel.RowLoop;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/// How an element is computed.
///
/// @param choice for every type
/// @param program for float32, faster: operands 0, 1, ... are the inputs, the one after them is the
///   output; its registers begin at [#R0] and go downwards; null if there is none
record Recipe(Choice choice, List<Instruction> program) {
  /// The first register of programs; those above it hold columns that are spread.
  static final int R0 = -4;

  static final int R1 = R0 - 1;
  static final int R2 = R0 - 2;

  /// Chooses the loop for some types.
  @FunctionalInterface
  interface Choice {
    RowLoop loop(Value[] in, Value out);
  }

  /// A function of one real number.
  static Recipe of(DoubleUnaryOperator real, Instruction... program) {
    return of(real, null, program);
  }

  /// A function of one number.
  ///
  /// @param whole null if it takes no integers
  static Recipe of(DoubleUnaryOperator real, RowLoop.Whole whole, Instruction... program) {
    return of(real == null ? null : RowLoop.reals(real), whole, program);
  }

  /// A function of two numbers.
  ///
  /// @param real null if it takes no real numbers
  /// @param whole null if it takes no integers
  static Recipe of(DoubleBinaryOperator real, RowLoop.Whole whole, Instruction... program) {
    return of(real == null ? null : RowLoop.reals(real), whole, program);
  }

  /// A function of integers or Booleans.
  static Recipe of(RowLoop.Whole whole) {
    return of((RowLoop) null, whole);
  }

  private static Recipe of(RowLoop reals, RowLoop.Whole whole, Instruction... program) {
    RowLoop wholes = whole == null ? null : RowLoop.wholes(whole);
    return new Recipe(
        (in, out) -> {
          for (Value value : in) {
            if (value.type().isReal()) {
              return reals;
            }
          }
          return wholes;
        },
        program.length == 0 ? null : List.of(program));
  }

  /// Appends the program, its operands being others of a larger one.
  void append(List<Instruction> larger, int... operands) {
    for (Instruction i : program) {
      larger.add(
          new Instruction(
              i.op(),
              operand(i.dst(), operands),
              operand(i.a(), operands),
              operand(i.b(), operands),
              operand(i.c(), operands),
              i.alpha(),
              i.beta()));
    }
  }

  private static int operand(int name, int[] operands) {
    return name < 0 ? name : operands[name];
  }

  static Instruction step(Op op, int to, int... from) {
    return new Instruction(
        op,
        to,
        from.length > 0 ? from[0] : 0,
        from.length > 1 ? from[1] : 0,
        from.length > 2 ? from[2] : 0,
        0,
        0);
  }

  static Instruction fill(int to, float value) {
    return new Instruction(Op.FILL, to, 0, 0, 0, value, 0);
  }

  static Instruction affine(int to, int from, float factor, float term) {
    return new Instruction(Op.AFFINE, to, from, 0, 0, factor, term);
  }
}
