package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_operand;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/// An element-wise program of libkioku: `kioku_program_f32`. Instructions and operands are written
/// into memory that is allocated once. One thread at a time.
public final class FloatProgram {
  private static final long OPERAND = kioku_operand.layout().byteSize();

  private final Kernels kernels = Kernels.get();
  private final MemorySegment instructions;
  private final MemorySegment operands;
  private int count;

  /// Memory for a program.
  ///
  /// @param capacity the most instructions
  /// @param operands their number
  public FloatProgram(SegmentAllocator allocator, int capacity, int operands) {
    this.instructions = new LayerStructs(allocator).instructions(capacity);
    this.operands = kioku_operand.allocateArray(operands, allocator);
  }

  /// One instruction; `dst`, `a`, `b` and `c` name operands from 0, or registers from -1 downwards.
  public record Instruction(Op op, int dst, int a, int b, int c, float alpha, float beta) {}

  /// Removes all instructions.
  public void clear() {
    count = 0;
  }

  /// Adds an instruction.
  public void add(Instruction i) {
    LayerStructs.instruction(
        instructions, count++, i.op(), i.dst(), i.a(), i.b(), i.c(), i.alpha(), i.beta());
  }

  /// Says where an operand lies; its memory must hold what a run reads or writes.
  ///
  /// @param address of floats
  /// @param rowStride in floats; 0: one row that stands for all
  public void operand(int index, long address, long rowStride) {
    long at = index * OPERAND;
    operands.set(ValueLayout.JAVA_LONG, at + kioku_operand.data$offset(), address);
    operands.set(ValueLayout.JAVA_LONG, at + kioku_operand.row_stride$offset(), rowStride);
  }

  /// Runs the instructions on every element of matrices.
  public void run(long rows, long columns) {
    kernels.runProgram(instructions, count, operands, rows, columns);
  }
}
