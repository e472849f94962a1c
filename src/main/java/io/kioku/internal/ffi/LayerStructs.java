package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_fill;
import io.kioku.bindings.kioku.kioku_group;
import io.kioku.bindings.kioku.kioku_h;
import io.kioku.bindings.kioku.kioku_instruction;
import io.kioku.bindings.kioku.kioku_layer;
import io.kioku.bindings.kioku.kioku_moments;
import io.kioku.bindings.kioku.kioku_product;
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

  /// Sets what a product multiplies.
  ///
  /// @param packed by [Kernels#pack]
  public static void product(
      MemorySegment products,
      int index,
      MemorySegment packed,
      int gates,
      int units,
      int columns,
      float scale) {
    MemorySegment product = kioku_product.asSlice(products, index);
    kioku_product.packed(product, packed);
    kioku_product.gates(product, gates);
    kioku_product.units(product, units);
    kioku_product.columns(product, columns);
    kioku_product.scale(product, scale);
  }

  /// Sets where a product reads and writes.
  ///
  /// @param bias packed; null if it adds to what is there
  public static void productPlace(
      MemorySegment products, int index, int argument, int gatesOffset, MemorySegment bias) {
    MemorySegment product = kioku_product.asSlice(products, index);
    kioku_product.argument(product, argument);
    kioku_product.gates_offset(product, gatesOffset);
    kioku_product.bias(product, orNull(bias));
  }

  public static void productTime(MemorySegment products, int index, int period, int delay) {
    MemorySegment product = kioku_product.asSlice(products, index);
    kioku_product.period(product, period);
    kioku_product.delay(product, delay);
  }

  public MemorySegment fills(int count) {
    return kioku_fill.allocateArray(count, allocator);
  }

  public static void fill(
      MemorySegment fills, int index, int gatesOffset, int units, MemorySegment bias) {
    MemorySegment fill = kioku_fill.asSlice(fills, index);
    kioku_fill.gates_offset(fill, gatesOffset);
    kioku_fill.units(fill, units);
    kioku_fill.bias(fill, orNull(bias));
  }

  private static MemorySegment orNull(MemorySegment segment) {
    return segment == null ? MemorySegment.NULL : segment;
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
      int units,
      int result,
      double epsilon) {
    MemorySegment m = kioku_moments.asSlice(moments, index);
    kioku_moments.arguments(m, arguments);
    kioku_moments.count(m, count);
    kioku_moments.units(m, units);
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

  public MemorySegment groups(int count) {
    return kioku_group.allocateArray(count, allocator);
  }

  public static void group(
      MemorySegment groups, int index, int units, MemorySegment products, int productCount) {
    MemorySegment group = kioku_group.asSlice(groups, index);
    kioku_group.units(group, units);
    kioku_group.products(group, products);
    kioku_group.product_count(group, productCount);
  }

  public static void groupInstructions(
      MemorySegment groups, int index, MemorySegment instructions, int count, int period) {
    MemorySegment group = kioku_group.asSlice(groups, index);
    kioku_group.instructions(group, instructions);
    kioku_group.instruction_count(group, count);
    kioku_group.period(group, period);
  }

  public MemorySegment stages(int count) {
    return kioku_stage.allocateArray(count, allocator);
  }

  public static void stage(
      MemorySegment stages,
      int index,
      MemorySegment groups,
      int groupCount,
      MemorySegment moments,
      int momentsCount) {
    MemorySegment stage = kioku_stage.asSlice(stages, index);
    kioku_stage.groups(stage, groups);
    kioku_stage.group_count(stage, groupCount);
    kioku_stage.moments(stage, moments);
    kioku_stage.moments_count(stage, momentsCount);
  }

  public MemorySegment layer() {
    return kioku_layer.allocate(allocator);
  }

  /// Sets in what a layer is computed, and the floats of its `h`.
  ///
  /// @param inOutput whether `h` of the step before is read in the output
  public static void layerKind(
      MemorySegment layer, WeightFormat format, int output, boolean inOutput) {
    kioku_layer.precision(layer, format.code());
    kioku_layer.output(layer, output);
    kioku_layer.in_output(layer, inOutput ? 1 : 0);
  }

  /// Sets when a layer computes.
  ///
  /// @param clock the float of a row's state that counts its steps; -1 if none does
  /// @param cycle the step at which it begins anew
  public static void layerTime(MemorySegment layer, int clock, long cycle) {
    kioku_layer.clock(layer, clock);
    kioku_layer.cycle(layer, cycle);
  }

  public static void layerSlots(
      MemorySegment layer, MemorySegment slots, int count, MemorySegment vectors) {
    kioku_layer.slots(layer, slots);
    kioku_layer.slot_count(layer, count);
    kioku_layer.vectors(layer, vectors);
  }

  public static void layerSizes(
      MemorySegment layer, int gateBlocks, int valueBlocks, int numbers, int scratchWidth) {
    kioku_layer.gate_blocks(layer, gateBlocks);
    kioku_layer.value_blocks(layer, valueBlocks);
    kioku_layer.numbers(layer, numbers);
    kioku_layer.scratch_width(layer, scratchWidth);
  }

  public static void inputProducts(MemorySegment layer, MemorySegment products, int count) {
    kioku_layer.input_products(layer, products);
    kioku_layer.input_product_count(layer, count);
  }

  public static void fills(MemorySegment layer, MemorySegment fills, int count) {
    kioku_layer.fills(layer, fills);
    kioku_layer.fill_count(layer, count);
  }

  public static void stages(MemorySegment layer, MemorySegment stages, int count) {
    kioku_layer.stages(layer, stages);
    kioku_layer.stage_count(layer, count);
  }

  /// Sets what follows from the rest of a layer, when all of it is there: `kioku_layer_plan`.
  public static void plan(MemorySegment layer) {
    kioku_h.kioku_layer_plan(layer);
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

  /// Sets which rows take part in which steps.
  ///
  /// @param backwards whether time runs from a row's last step to its first
  /// @param lengths (N) int32; null if all rows have all steps
  /// @param mask (T, N) bytes; null if no step is skipped
  public static void runRows(
      MemorySegment run, boolean backwards, MemorySegment lengths, MemorySegment mask, long batch) {
    kioku_run.backwards(run, backwards ? 1 : 0);
    address(run, kioku_run.lengths$offset(), lengths, 0);
    address(run, kioku_run.mask$offset(), mask, 0);
    kioku_run.mask_step(run, batch);
    kioku_run.mask_row(run, 1);
  }

  /// Sets where each row's x, y and state are; null if they lie at fixed distances.
  public static void runPointers(MemorySegment run, MemorySegment pointers) {
    address(run, kioku_run.rows$offset(), pointers, 0);
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

  /// Sets a run's work memory.
  ///
  /// @param at its first byte
  public static void runWork(MemorySegment run, MemorySegment memory, long at) {
    run.set(ValueLayout.JAVA_LONG, kioku_run.work$offset(), memory.address() + at);
  }

  /// Sets the threads that share a call.
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
