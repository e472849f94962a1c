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
  /// @param part what is taken of each matrix
  /// @param rows of all parts together
  /// @param argument the slot of the argument
  /// @param gatesOffset the first column of the result
  /// @param period computed at the steps at which the clock is a multiple of it
  /// @param delay of an input product: by how many steps the input is late; of a stage's: it is
  ///   computed at so many first steps only, or at all if it is 0
  record MergedProduct(
      List<String> matrices,
      Part part,
      int rows,
      int argument,
      int gatesOffset,
      int period,
      int delay) {
    int columns() {
      return part.columns - part.firstColumn;
    }
  }

  /// Some rows of a matrix, from a column on.
  ///
  /// @param count the rows; all after the first if it is 0
  /// @param columns of the whole matrix
  record Part(int firstRow, int count, int firstColumn, int columns) {}

  /// @param arguments slots of what the mean and variance are over, `columns` wide each
  /// @param result the slot of the two parts of the mean, beside which lies the inverse deviation
  /// @param epsilon added to the variance
  record Moments(List<Integer> arguments, int columns, int result, double epsilon) {}

  /// @param columns elements of each row
  /// @param period as of a product
  record Program(List<Instruction> instructions, int columns, int period) {}

  record Stage(List<MergedProduct> products, List<Moments> moments, List<Program> programs) {}

  /// Operands are slots from 0 up, registers from -1 down.
  record Instruction(Op op, int dst, int a, int b, int c, float alpha, float beta) {}
}
