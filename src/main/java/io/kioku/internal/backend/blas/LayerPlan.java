package io.kioku.internal.backend.blas;

import io.kioku.internal.ffi.Op;
import io.kioku.internal.ffi.Space;
import java.util.List;
import java.util.Map;

/// A cell lowered for certain sizes: what is computed when, and where its values lie. The Java face
/// of `kioku_layer` in kioku.h, but without parameter values. Offsets are in floats.
///
/// @param slots where operands of programs and arguments of products lie; their index is their name
/// @param vectors for each vector parameter that programs read, its offset among the parameters
/// @param parameterWidth floats of all those vectors
/// @param biases for each vector parameter that products add to, the columns of the gates where it
///   lies
/// @param gatesWidth columns of the gates: the results of all products
/// @param scratchWidth columns of the values that outlive their stage or lack a register
/// @param inputProducts products of the input, computed for many steps at once
/// @param stages what each step does, in order
record LayerPlan(
    List<Slot> slots,
    Map<String, Integer> vectors,
    int parameterWidth,
    Map<String, List<Integer>> biases,
    int gatesWidth,
    int scratchWidth,
    List<MergedProduct> inputProducts,
    List<Stage> stages) {

  record Slot(Space space, int offset) {}

  /// Matrices with one argument, stacked in the order of their rows in the gates.
  ///
  /// @param argument the slot of the argument
  /// @param gatesOffset the first column of the result
  record MergedProduct(
      List<String> matrices, int rows, int columns, int argument, int gatesOffset) {}

  /// @param columns elements of each row
  record Program(List<Instruction> instructions, int columns) {}

  record Stage(List<MergedProduct> products, List<Program> programs) {}

  /// Operands are slots from 0 up, registers from -1 down.
  record Instruction(Op op, int dst, int a, int b, int c, float alpha, float beta) {}
}
