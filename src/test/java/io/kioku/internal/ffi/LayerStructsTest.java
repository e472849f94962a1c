package io.kioku.internal.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kioku.bindings.kioku.kioku_fill;
import io.kioku.bindings.kioku.kioku_group;
import io.kioku.bindings.kioku.kioku_instruction;
import io.kioku.bindings.kioku.kioku_layer;
import io.kioku.bindings.kioku.kioku_moments;
import io.kioku.bindings.kioku.kioku_product;
import io.kioku.bindings.kioku.kioku_run;
import io.kioku.bindings.kioku.kioku_slot;
import io.kioku.bindings.kioku.kioku_stage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is written by the numbers of fields is where the bindings read it, which are those of the
/// header (LayoutTest). Each is the second of three, so that sizes count too.
class LayerStructsTest {
  private static final int COUNT = 3;

  private final Arena arena = Arena.ofAuto();
  private final LayerStructs structs = new LayerStructs(arena);

  /// Something to point to, each at another address.
  private MemorySegment target() {
    return arena.allocate(Long.BYTES, Long.BYTES);
  }

  private static void assertSize(MemoryLayout layout, int count, MemorySegment segment) {
    assertEquals(count * layout.byteSize(), segment.byteSize());
  }

  /// Compares what pointers point to: their sizes are unknown.
  private static void assertPointer(MemorySegment expected, MemorySegment found) {
    assertEquals(expected.address(), found.address());
  }

  @Test
  void slots() {
    MemorySegment slots = structs.slots(COUNT);
    assertSize(kioku_slot.layout(), COUNT, slots);
    LayerStructs.slot(slots, 1, Space.TRACE, 7);
    MemorySegment slot = kioku_slot.asSlice(slots, 1);
    assertEquals(Space.TRACE.code(), kioku_slot.space(slot));
    assertEquals(7, kioku_slot.offset(slot));
  }

  @Test
  void products() {
    MemorySegment products = structs.products(COUNT);
    assertSize(kioku_product.layout(), COUNT, products);
    MemorySegment packed = target();
    MemorySegment bias = target();
    LayerStructs.product(products, 1, packed, 2, 3, 4, 0.5f);
    LayerStructs.productPlace(products, 1, 5, 6, bias);
    LayerStructs.productTime(products, 1, 8, 9);
    MemorySegment product = kioku_product.asSlice(products, 1);
    assertPointer(packed, kioku_product.packed(product));
    assertEquals(2, kioku_product.gates(product));
    assertEquals(3, kioku_product.units(product));
    assertEquals(4, kioku_product.columns(product));
    assertEquals(5, kioku_product.argument(product));
    assertEquals(6, kioku_product.gates_offset(product));
    assertPointer(bias, kioku_product.bias(product));
    assertEquals(0.5f, kioku_product.scale(product));
    assertEquals(8, kioku_product.period(product));
    assertEquals(9, kioku_product.delay(product));
    LayerStructs.productPlace(products, 1, 5, 6, null);
    assertPointer(MemorySegment.NULL, kioku_product.bias(product));
  }

  @Test
  void fills() {
    MemorySegment fills = structs.fills(COUNT);
    assertSize(kioku_fill.layout(), COUNT, fills);
    MemorySegment bias = target();
    LayerStructs.fill(fills, 1, 2, 3, bias);
    MemorySegment fill = kioku_fill.asSlice(fills, 1);
    assertEquals(2, kioku_fill.gates_offset(fill));
    assertEquals(3, kioku_fill.units(fill));
    assertPointer(bias, kioku_fill.bias(fill));
  }

  @Test
  void moments() {
    MemorySegment all = structs.moments(COUNT);
    assertSize(kioku_moments.layout(), COUNT, all);
    MemorySegment arguments = structs.indices(List.of(1, 2));
    LayerStructs.moments(all, 1, arguments, 2, 3, 4, 1e-5);
    MemorySegment moments = kioku_moments.asSlice(all, 1);
    assertPointer(arguments, kioku_moments.arguments(moments));
    assertEquals(2, kioku_moments.count(moments));
    assertEquals(3, kioku_moments.units(moments));
    assertEquals(4, kioku_moments.result(moments));
    assertEquals(1e-5, kioku_moments.epsilon(moments));
  }

  @Test
  void instructions() {
    MemorySegment instructions = structs.instructions(COUNT);
    assertSize(kioku_instruction.layout(), COUNT, instructions);
    LayerStructs.instruction(instructions, 1, Op.TANH, 1, -2, 3, 4, 0.5f, -0.25f);
    MemorySegment instruction = kioku_instruction.asSlice(instructions, 1);
    assertEquals(Op.TANH.code(), kioku_instruction.op(instruction));
    assertEquals(1, kioku_instruction.dst(instruction));
    assertEquals(-2, kioku_instruction.a(instruction));
    assertEquals(3, kioku_instruction.b(instruction));
    assertEquals(4, kioku_instruction.c(instruction));
    assertEquals(0.5f, kioku_instruction.alpha(instruction));
    assertEquals(-0.25f, kioku_instruction.beta(instruction));
  }

  @Test
  void groups() {
    MemorySegment groups = structs.groups(COUNT);
    assertSize(kioku_group.layout(), COUNT, groups);
    MemorySegment products = target();
    MemorySegment instructions = target();
    LayerStructs.group(groups, 1, 2, products, 3);
    LayerStructs.groupInstructions(groups, 1, instructions, 4, 5);
    MemorySegment group = kioku_group.asSlice(groups, 1);
    assertEquals(2, kioku_group.units(group));
    assertPointer(products, kioku_group.products(group));
    assertEquals(3, kioku_group.product_count(group));
    assertPointer(instructions, kioku_group.instructions(group));
    assertEquals(4, kioku_group.instruction_count(group));
    assertEquals(5, kioku_group.period(group));
  }

  @Test
  void stages() {
    MemorySegment stages = structs.stages(COUNT);
    assertSize(kioku_stage.layout(), COUNT, stages);
    MemorySegment groups = target();
    MemorySegment moments = target();
    LayerStructs.stage(stages, 1, groups, 2, moments, 3);
    MemorySegment stage = kioku_stage.asSlice(stages, 1);
    assertPointer(groups, kioku_stage.groups(stage));
    assertEquals(2, kioku_stage.group_count(stage));
    assertPointer(moments, kioku_stage.moments(stage));
    assertEquals(3, kioku_stage.moments_count(stage));
  }

  @Test
  void layer() {
    MemorySegment layer = structs.layer();
    assertSize(kioku_layer.layout(), 1, layer);
    MemorySegment slots = target();
    MemorySegment vectors = target();
    MemorySegment products = target();
    MemorySegment fills = target();
    MemorySegment stages = target();
    LayerStructs.layerKind(layer, WeightFormat.INT8, 2, true);
    LayerStructs.layerTime(layer, -1, 3);
    LayerStructs.layerSlots(layer, slots, 4, vectors);
    LayerStructs.layerSizes(layer, 5, 6, 7, 8);
    LayerStructs.inputProducts(layer, products, 9);
    LayerStructs.fills(layer, fills, 10);
    LayerStructs.stages(layer, stages, 11);
    assertEquals(WeightFormat.INT8.code(), kioku_layer.precision(layer));
    assertEquals(2, kioku_layer.output(layer));
    assertEquals(1, kioku_layer.in_output(layer));
    assertEquals(-1, kioku_layer.clock(layer));
    assertEquals(3, kioku_layer.cycle(layer));
    assertPointer(slots, kioku_layer.slots(layer));
    assertEquals(4, kioku_layer.slot_count(layer));
    assertPointer(vectors, kioku_layer.vectors(layer));
    assertEquals(5, kioku_layer.gate_blocks(layer));
    assertEquals(6, kioku_layer.value_blocks(layer));
    assertEquals(7, kioku_layer.numbers(layer));
    assertEquals(8, kioku_layer.scratch_width(layer));
    assertPointer(products, kioku_layer.input_products(layer));
    assertEquals(9, kioku_layer.input_product_count(layer));
    assertPointer(fills, kioku_layer.fills(layer));
    assertEquals(10, kioku_layer.fill_count(layer));
    assertPointer(stages, kioku_layer.stages(layer));
    assertEquals(11, kioku_layer.stage_count(layer));
  }

  @Test
  void sizesOfARun() {
    MemorySegment run = structs.run();
    assertSize(kioku_run.layout(), 1, run);
    MemorySegment team = target();
    LayerStructs.runSizes(run, 1, 2, 3);
    LayerStructs.runStrides(run, 4, 5, 6, 7);
    LayerStructs.runThreads(run, team, 8);
    assertEquals(1, kioku_run.steps(run));
    assertEquals(2, kioku_run.batch(run));
    assertEquals(3, kioku_run.chunk_steps(run));
    assertEquals(4, kioku_run.x_step(run));
    assertEquals(5, kioku_run.x_row(run));
    assertEquals(6, kioku_run.y_step(run));
    assertEquals(7, kioku_run.y_row(run));
    assertEquals(8, kioku_run.threads(run));
    assertPointer(team, kioku_run.team(run));
  }

  @Test
  void memoryOfARun() {
    MemorySegment run = structs.run();
    MemorySegment memory = arena.allocate(1_024, Long.BYTES);
    MemorySegment lengths = target();
    MemorySegment mask = target();
    MemorySegment pointers = target();
    LayerStructs.runState(run, memory, 1, 2);
    LayerStructs.runRows(run, true, lengths, mask, 3);
    LayerStructs.runPointers(run, pointers);
    LayerStructs.runSide(run, memory, 4, 5, 6);
    LayerStructs.runAbove(run, memory, 7, 8, 9);
    LayerStructs.runTrace(run, memory, 10, 11, 12);
    LayerStructs.runWork(run, memory, 64);
    assertPointer(memory.asSlice(Float.BYTES), kioku_run.state(run));
    assertEquals(2, kioku_run.state_row(run));
    assertEquals(1, kioku_run.backwards(run));
    assertPointer(lengths, kioku_run.lengths(run));
    assertPointer(mask, kioku_run.mask(run));
    assertEquals(3, kioku_run.mask_step(run));
    assertEquals(1, kioku_run.mask_row(run));
    assertPointer(pointers, kioku_run.rows(run));
    assertPointer(memory.asSlice(4 * Float.BYTES), kioku_run.side(run));
    assertEquals(5, kioku_run.side_step(run));
    assertEquals(6, kioku_run.side_row(run));
    assertPointer(memory.asSlice(7 * Float.BYTES), kioku_run.above(run));
    assertEquals(8, kioku_run.above_step(run));
    assertEquals(9, kioku_run.above_row(run));
    assertPointer(memory.asSlice(10 * Float.BYTES), kioku_run.trace(run));
    assertEquals(11, kioku_run.trace_step(run));
    assertEquals(12, kioku_run.trace_row(run));
    assertPointer(memory.asSlice(64), kioku_run.work(run));
    LayerStructs.runSide(run, null, 4, 5, 6);
    assertPointer(MemorySegment.NULL, kioku_run.side(run));
  }
}
