package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import io.kioku.bindings.kioku.kioku_instruction;
import io.kioku.bindings.kioku.kioku_layer;
import io.kioku.bindings.kioku.kioku_moments;
import io.kioku.bindings.kioku.kioku_product;
import io.kioku.bindings.kioku.kioku_program;
import io.kioku.bindings.kioku.kioku_run;
import io.kioku.bindings.kioku.kioku_slot;
import io.kioku.bindings.kioku.kioku_stage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Writes the structs of kioku.h that describe a layer and a run of it. What is allocated here
/// lives as long as the allocator's memory, and so must every segment that a struct points to.
public final class LayerStructs {
  /// The most slots of a layer, and the scratch registers of a program.
  public static final int MAX_SLOTS = kioku_h.KIOKU_SLOTS();

  public static final int REGISTERS = kioku_h.KIOKU_REGISTERS();

  private final SegmentAllocator allocator;

  /// Structs in the allocator's memory.
  public LayerStructs(SegmentAllocator allocator) {
    this.allocator = allocator;
  }

  public MemorySegment slots(int count) {
    return kioku_slot.allocateArray(count, allocator);
  }

  public static void slot(MemorySegment slots, int index, Space space, long offset) {
    MemorySegment slot = kioku_slot.asSlice(slots, index);
    kioku_slot.space(slot, space.code());
    kioku_slot.offset(slot, offset);
  }

  public MemorySegment products(int count) {
    return kioku_product.allocateArray(count, allocator);
  }

  public static void product(
      MemorySegment products, int index, MemorySegment weights, int rows, int columns) {
    MemorySegment product = kioku_product.asSlice(products, index);
    kioku_product.weights(product, weights);
    kioku_product.rows(product, rows);
    kioku_product.columns(product, columns);
  }

  public static void productPlace(MemorySegment products, int index, int argument, int gates) {
    MemorySegment product = kioku_product.asSlice(products, index);
    kioku_product.argument(product, argument);
    kioku_product.gates_offset(product, gates);
  }

  public static void productTime(MemorySegment products, int index, int period, int delay) {
    MemorySegment product = kioku_product.asSlice(products, index);
    kioku_product.period(product, period);
    kioku_product.delay(product, delay);
  }

  public MemorySegment indices(List<Integer> values) {
    return allocator.allocateFrom(
        ValueLayout.JAVA_LONG, values.stream().mapToLong(value -> value).toArray());
  }

  public MemorySegment moments(int count) {
    return kioku_moments.allocateArray(count, allocator);
  }

  public static void moments(
      MemorySegment moments,
      int index,
      MemorySegment arguments,
      int count,
      int columns,
      int result,
      double epsilon) {
    MemorySegment m = kioku_moments.asSlice(moments, index);
    kioku_moments.arguments(m, arguments);
    kioku_moments.count(m, count);
    kioku_moments.columns(m, columns);
    kioku_moments.result(m, result);
    kioku_moments.epsilon(m, epsilon);
  }

  public MemorySegment instructions(int count) {
    return kioku_instruction.allocateArray(count, allocator);
  }

  public static void instruction(
      MemorySegment instructions,
      int index,
      Op op,
      int dst,
      int a,
      int b,
      int c,
      float alpha,
      float beta) {
    MemorySegment instruction = kioku_instruction.asSlice(instructions, index);
    kioku_instruction.op(instruction, op.code());
    kioku_instruction.dst(instruction, dst);
    kioku_instruction.a(instruction, a);
    kioku_instruction.b(instruction, b);
    kioku_instruction.c(instruction, c);
    kioku_instruction.alpha(instruction, alpha);
    kioku_instruction.beta(instruction, beta);
  }

  public MemorySegment programs(int count) {
    return kioku_program.allocateArray(count, allocator);
  }

  public static void program(
      MemorySegment programs, int index, MemorySegment instructions, int count, int columns) {
    MemorySegment program = kioku_program.asSlice(programs, index);
    kioku_program.instructions(program, instructions);
    kioku_program.count(program, count);
    kioku_program.columns(program, columns);
  }

  public static void programPeriod(MemorySegment programs, int index, int period) {
    kioku_program.period(kioku_program.asSlice(programs, index), period);
  }

  public MemorySegment stages(int count) {
    return kioku_stage.allocateArray(count, allocator);
  }

  public static void stage(
      MemorySegment stages,
      int index,
      MemorySegment products,
      int productCount,
      MemorySegment moments,
      int momentsCount,
      MemorySegment programs,
      int programCount) {
    MemorySegment stage = kioku_stage.asSlice(stages, index);
    kioku_stage.products(stage, products);
    kioku_stage.product_count(stage, productCount);
    kioku_stage.moments(stage, moments);
    kioku_stage.moments_count(stage, momentsCount);
    kioku_stage.programs(stage, programs);
    kioku_stage.program_count(stage, programCount);
  }

  /// A layer whose widths and parameters are set; products and stages follow by [#inputProducts]
  /// and [#stages].
  public MemorySegment layer(
      MemorySegment slots,
      int slotCount,
      MemorySegment parameters,
      MemorySegment gatesInit,
      int gatesWidth,
      int scratchWidth) {
    MemorySegment layer = kioku_layer.allocate(allocator);
    kioku_layer.slots(layer, slots);
    kioku_layer.slot_count(layer, slotCount);
    kioku_layer.parameters(layer, parameters);
    kioku_layer.gates_init(layer, gatesInit);
    kioku_layer.gates_width(layer, gatesWidth);
    kioku_layer.scratch_width(layer, scratchWidth);
    return layer;
  }

  public static void inputProducts(MemorySegment layer, MemorySegment products, int count) {
    kioku_layer.input_products(layer, products);
    kioku_layer.input_product_count(layer, count);
  }

  public static void stages(MemorySegment layer, MemorySegment stages, int count) {
    kioku_layer.stages(layer, stages);
    kioku_layer.stage_count(layer, count);
  }

  public MemorySegment run() {
    return kioku_run.allocate(allocator);
  }

  public static void runSizes(MemorySegment run, long steps, long batch, long chunkSteps) {
    kioku_run.steps(run, steps);
    kioku_run.batch(run, batch);
    kioku_run.chunk_steps(run, chunkSteps);
  }

  public static void runStrides(MemorySegment run, long xStep, long xRow, long yStep, long yRow) {
    kioku_run.x_step(run, xStep);
    kioku_run.x_row(run, xRow);
    kioku_run.y_step(run, yStep);
    kioku_run.y_row(run, yRow);
  }

  /// Sets the state that a run begins with and changes.
  ///
  /// @param stateOffset floats from the segment's begin
  public static void runState(
      MemorySegment run, MemorySegment state, long stateOffset, long stateRow) {
    address(run, kioku_run.state$offset(), state, stateOffset);
    kioku_run.state_row(run, stateRow);
  }

  /// Sets the step of the periods at which a run begins.
  public static void runClock(MemorySegment run, long clock) {
    kioku_run.clock(run, clock);
  }

  /// Sets what a run reads beside `x`; the segment may be null if that is nothing.
  public static void runSide(
      MemorySegment run, MemorySegment side, long offset, long step, long row) {
    address(run, kioku_run.side$offset(), side, offset);
    kioku_run.side_step(run, step);
    kioku_run.side_row(run, row);
  }

  /// Sets where a run writes for the layer above; the segment may be null if that is nothing.
  public static void runAbove(
      MemorySegment run, MemorySegment above, long offset, long step, long row) {
    address(run, kioku_run.above$offset(), above, offset);
    kioku_run.above_step(run, step);
    kioku_run.above_row(run, row);
  }

  /// Sets where a run writes the values that are traced; the segment may be null if those are none.
  public static void runTrace(
      MemorySegment run, MemorySegment trace, long offset, long step, long row) {
    address(run, kioku_run.trace$offset(), trace, offset);
    kioku_run.trace_step(run, step);
    kioku_run.trace_row(run, row);
  }

  /// Sets a run's work memory: where gates and scratch begin, in floats.
  public static void runMemory(MemorySegment run, MemorySegment memory, long gates, long scratch) {
    address(run, kioku_run.gates$offset(), memory, gates);
    address(run, kioku_run.scratch$offset(), memory, scratch);
  }

  /// Sets where a fused layer's memory for arguments begins, in floats.
  public static void runArguments(MemorySegment run, MemorySegment memory, long floats) {
    address(run, kioku_run.arguments$offset(), memory, floats);
  }

  /// Sets the threads that share a fused layer's call.
  public static void runThreads(MemorySegment run, MemorySegment team, int threads) {
    kioku_run.threads(run, threads);
    address(run, kioku_run.team$offset(), team, 0);
  }

  /// Sets a pointer without a segment for what it points to: runs must not depend on the JIT to
  /// allocate nothing.
  static void address(MemorySegment struct, long field, MemorySegment target, long floats) {
    long address = target == null ? 0 : target.address() + floats * Float.BYTES;
    struct.set(ValueLayout.JAVA_LONG, field, address);
  }
}
