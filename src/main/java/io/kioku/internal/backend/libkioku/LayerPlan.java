package io.kioku.internal.backend.libkioku;

import io.kioku.internal.ffi.Op;
import io.kioku.internal.ffi.Space;
import java.util.List;
import java.util.Map;

/// A cell lowered for certain sizes and a width of blocks: what is computed when, and where its
/// values lie. The Java face of `kioku_layer` in kioku.h, without parameter values.
///
/// @param slots where operands of instructions and arguments of products lie; their index is their
///   name
/// @param vectors for each part of a vector parameter that instructions read, its block among the
///   vectors
/// @param vectorBlocks of all those
/// @param gateBlocks of the gates: the results of all products
/// @param valueBlocks of the values that outlive their stage or lack a register
/// @param numbers of each row: the results of all moments
/// @param scratchWidth floats of a row that is made to be multiplied
/// @param isHiddenInOutput whether `h` of the step before is read where it was put out
/// @param inputProducts products of the input, computed for many steps at once
/// @param fills what no input product begins
/// @param stages what each step does, in order
record LayerPlan(
    List<Slot> slots,
    Map<VectorPart, Integer> vectors,
    int vectorBlocks,
    int gateBlocks,
    int valueBlocks,
    int numbers,
    int scratchWidth,
    boolean isHiddenInOutput,
    List<MergedProduct> inputProducts,
    List<Fill> fills,
    List<Stage> stages) {

  /// Multiply-adds of one step of one stream.
  long stepProducts() {
    long all = multiplyAdds(inputProducts);
    for (Stage stage : stages) {
      for (Group group : stage.groups) {
        all += multiplyAdds(group.products);
      }
    }
    return all;
  }

  private static long multiplyAdds(List<MergedProduct> products) {
    long all = 0;
    for (MergedProduct product : products) {
      all += (long) product.matrices.size() * product.part.rows * product.columns();
    }
    return all;
  }

  /// @param offset blocks of a plane or vector, the number of a number, floats of a row in memory
  record Slot(Space space, int offset) {}

  /// Some elements of a vector parameter.
  record VectorPart(String name, int first, int count) {}

  /// Matrices of one size with one argument.
  ///
  /// @param part what is taken of each matrix
  /// @param argument the slot of the argument
  /// @param gatesOffset the first block of the first gate; the others follow
  /// @param biases of each gate, those of which the sum is what it begins with; null if the product
  ///   adds to what is there
  /// @param period computed at the steps at which the clock is a multiple of it
  /// @param delay of an input product: by how many steps the input is late; of a stage's: it is
  ///   computed at so many first steps only, or at all if it is 0
  record MergedProduct(
      List<String> matrices,
      Part part,
      int argument,
      int gatesOffset,
      List<List<String>> biases,
      int period,
      int delay) {
    int columns() {
      return part.columns - part.firstColumn;
    }
  }

  /// Some rows of a matrix, from a column on.
  ///
  /// @param columns of the whole matrix
  record Part(int firstRow, int rows, int firstColumn, int columns) {}

  /// Planes of a gate that begin with the sum of some biases.
  record Fill(List<String> biases, int firstRow, int units, int gatesOffset) {}

  /// @param arguments slots of what the mean and variance are over
  /// @param result the first of three slots of numbers: the mean in two parts, the inverse
  ///   deviation
  record Moments(List<Integer> arguments, int units, int result, double epsilon) {}

  /// Units of one size: products, and the instructions behind them.
  ///
  /// @param period of the instructions, as of a product
  record Group(
      int units, List<MergedProduct> products, List<Instruction> instructions, int period) {}

  record Stage(List<Group> groups, List<Moments> moments) {}

  /// Operands are slots from 0 up, registers from -1 down.
  record Instruction(Op op, int dst, int a, int b, int c, float alpha, float beta) {}
}
