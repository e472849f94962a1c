package io.kioku.internal.onnx.op.elementwise;

import io.kioku.internal.ffi.FloatProgram.Instruction;
import io.kioku.internal.onnx.op.Operator;
import java.util.List;

/// An operator that computes each element of its output from those at its place in inputs that are
/// broadcast, in float32 by a program: several of them can become one.
public interface FloatElementwise extends Operator {
  /// The program, operands 0, 1, ... being the inputs, the one after them the output; its registers
  /// begin at [Recipe#R0] and go downwards. Empty if it has none.
  List<Instruction> floatProgram();
}
