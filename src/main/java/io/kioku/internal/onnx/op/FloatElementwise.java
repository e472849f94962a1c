package io.kioku.internal.onnx.op;

import io.kioku.internal.ffi.FloatProgram.Instruction;
import java.util.List;

/// An operator that computes each element of its output from those at its place in inputs that are
/// broadcast, in float32 by a program: several of them can become one.
public interface FloatElementwise extends Operator {
  /// The program, operands 0, 1, ... being the inputs, the one after them the output; its registers
  /// are negative. Empty if it has none.
  List<Instruction> floatProgram();
}
