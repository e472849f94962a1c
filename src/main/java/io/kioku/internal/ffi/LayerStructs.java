package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// Writes the structs of kioku.h that describe a layer and a run of it. What is allocated here
/// lives as long as the allocator's memory, and so must every segment that a struct points to.
///
/// They are written as what they are, fields of 8 bytes one behind the other, by the fields'
/// numbers: the bindings' classes, of which a start would use each once, take longer to load than
/// all this to run. LayerStructsTest reads with them what is written here.
public final class LayerStructs {
  /// The most slots of a layer, and the scratch registers of a program.
  public static final int MAX_SLOTS = kioku_h.KIOKU_SLOTS();

  public static final int REGISTERS = kioku_h.KIOKU_REGISTERS();

  /// How many fields each has.
  private static final int SLOT = 2;

  private static final int PRODUCT = 10;
  private static final int FILL = 3;
  private static final int MOMENTS = 5;
  private static final int GROUP = 6;
  private static final int STAGE = 4;
  private static final int LAYER = 21;
  private static final int RUN = 27;

  /// Bytes; its fields have 4.
  private static final int INSTRUCTION = 28;

  private static final class Plan {
    static final MethodHandle HANDLE = Downcall.of("kioku_layer_plan", 1);
  }

  private final SegmentAllocator allocator;

  /// Structs in the allocator's memory.
  public LayerStructs(SegmentAllocator allocator) {
    this.allocator = allocator;
  }

  private MemorySegment structs(int count, int fields) {
    return allocator.allocate((long) count * fields * Long.BYTES, Long.BYTES);
  }

  private static void put(MemorySegment structs, long field, long value) {
    structs.set(ValueLayout.JAVA_LONG, field * Long.BYTES, value);
  }

  /// Writes fields that follow each other.
  ///
  /// @param field the number of the first, in the whole array
  private static void write(MemorySegment structs, int field, long... values) {
    for (int i = 0; i < values.length; i++) {
      put(structs, field + i, values[i]);
    }
  }

  private static long address(MemorySegment target) {
    return target == null ? 0 : target.address();
  }

  public MemorySegment slots(int count) {
    return structs(count, SLOT);
  }

  public static void slot(MemorySegment slots, int index, Space space, long offset) {
    write(slots, index * SLOT, space.code(), offset);
  }

  public MemorySegment products(int count) {
    return structs(count, PRODUCT);
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
    int first = index * PRODUCT;
    write(products, first, address(packed), gates, units, columns);
    products.set(ValueLayout.JAVA_FLOAT, (first + 7L) * Long.BYTES, scale);
  }

  /// Sets where a product reads and writes.
  ///
  /// @param bias packed; null if it adds to what is there
  public static void productPlace(
      MemorySegment products, int index, int argument, int gatesOffset, MemorySegment bias) {
    write(products, index * PRODUCT + 4, argument, gatesOffset, address(bias));
  }

  public static void productTime(MemorySegment products, int index, int period, int delay) {
    write(products, index * PRODUCT + 8, period, delay);
  }

  public MemorySegment fills(int count) {
    return structs(count, FILL);
  }

  public static void fill(
      MemorySegment fills, int index, int gatesOffset, int units, MemorySegment bias) {
    write(fills, index * FILL, gatesOffset, units, address(bias));
  }

  public MemorySegment indices(List<Integer> values) {
    return allocator.allocateFrom(
        ValueLayout.JAVA_LONG, values.stream().mapToLong(value -> value).toArray());
  }

  public MemorySegment moments(int count) {
    return structs(count, MOMENTS);
  }

  public static void moments(
      MemorySegment moments,
      int index,
      MemorySegment arguments,
      int count,
      int units,
      int result,
      double epsilon) {
    long bits = Double.doubleToRawLongBits(epsilon);
    write(moments, index * MOMENTS, address(arguments), count, units, result, bits);
  }

  public MemorySegment instructions(int count) {
    return allocator.allocate((long) count * INSTRUCTION, Integer.BYTES);
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
    long at = (long) index * INSTRUCTION;
    instructions.set(ValueLayout.JAVA_INT, at, op.code());
    instructions.set(ValueLayout.JAVA_INT, at + 4, dst);
    instructions.set(ValueLayout.JAVA_INT, at + 8, a);
    instructions.set(ValueLayout.JAVA_INT, at + 12, b);
    instructions.set(ValueLayout.JAVA_INT, at + 16, c);
    instructions.set(ValueLayout.JAVA_FLOAT, at + 20, alpha);
    instructions.set(ValueLayout.JAVA_FLOAT, at + 24, beta);
  }

  public MemorySegment groups(int count) {
    return structs(count, GROUP);
  }

  public static void group(
      MemorySegment groups, int index, int units, MemorySegment products, int productCount) {
    write(groups, index * GROUP, units, address(products), productCount);
  }

  public static void groupInstructions(
      MemorySegment groups, int index, MemorySegment instructions, int count, int period) {
    write(groups, index * GROUP + 3, address(instructions), count, period);
  }

  public MemorySegment stages(int count) {
    return structs(count, STAGE);
  }

  public static void stage(
      MemorySegment stages,
      int index,
      MemorySegment groups,
      int groupCount,
      MemorySegment moments,
      int momentsCount) {
    write(stages, index * STAGE, address(groups), groupCount, address(moments), momentsCount);
  }

  public MemorySegment layer() {
    return structs(1, LAYER);
  }

  /// Sets in what a layer is computed, and the floats of its `h`.
  ///
  /// @param inOutput whether `h` of the step before is read in the output
  public static void layerKind(
      MemorySegment layer, WeightFormat format, int output, boolean inOutput) {
    write(layer, 0, format.code(), output, inOutput ? 1 : 0);
  }

  /// Sets when a layer computes.
  ///
  /// @param clock the float of a row's state that counts its steps; -1 if none does
  /// @param cycle the step at which it begins anew
  public static void layerTime(MemorySegment layer, int clock, long cycle) {
    write(layer, 3, clock, cycle);
  }

  public static void layerSlots(
      MemorySegment layer, MemorySegment slots, int count, MemorySegment vectors) {
    write(layer, 5, address(slots), count, address(vectors));
  }

  public static void layerSizes(
      MemorySegment layer, int gateBlocks, int valueBlocks, int numbers, int scratchWidth) {
    write(layer, 8, gateBlocks, valueBlocks, numbers, scratchWidth);
  }

  public static void inputProducts(MemorySegment layer, MemorySegment products, int count) {
    write(layer, 12, address(products), count);
  }

  public static void fills(MemorySegment layer, MemorySegment fills, int count) {
    write(layer, 14, address(fills), count);
  }

  public static void stages(MemorySegment layer, MemorySegment stages, int count) {
    write(layer, 16, address(stages), count);
  }

  /// Sets what follows from the rest of a layer, when all of it is there: `kioku_layer_plan`.
  public static void plan(MemorySegment layer) {
    try {
      Plan.HANDLE.invokeExact(layer.address());
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  public MemorySegment run() {
    return structs(1, RUN);
  }

  public static void runSizes(MemorySegment run, long steps, long batch, long chunkSteps) {
    put(run, 0, steps);
    put(run, 1, batch);
    put(run, 23, chunkSteps);
  }

  public static void runStrides(MemorySegment run, long xStep, long xRow, long yStep, long yRow) {
    put(run, 2, xStep);
    put(run, 3, xRow);
    put(run, 4, yStep);
    put(run, 5, yRow);
  }

  /// Sets the state that a run begins with and changes.
  ///
  /// @param stateOffset floats from the segment's begin
  public static void runState(
      MemorySegment run, MemorySegment state, long stateOffset, long stateRow) {
    put(run, 7, address(state, stateOffset));
    put(run, 6, stateRow);
  }

  /// Sets which rows take part in which steps.
  ///
  /// @param backwards whether time runs from a row's last step to its first
  /// @param lengths (N) int32; null if all rows have all steps
  /// @param mask (T, N) bytes; null if no step is skipped
  public static void runRows(
      MemorySegment run, boolean backwards, MemorySegment lengths, MemorySegment mask, long batch) {
    put(run, 9, backwards ? 1 : 0);
    put(run, 10, address(lengths));
    put(run, 11, address(mask));
    put(run, 12, batch);
    put(run, 13, 1);
  }

  /// Sets where each row's x, y and state are; null if they lie at fixed distances.
  public static void runPointers(MemorySegment run, MemorySegment pointers) {
    put(run, 8, address(pointers));
  }

  /// Sets what a run reads beside `x`; the segment may be null if that is nothing.
  public static void runSide(
      MemorySegment run, MemorySegment side, long offset, long step, long row) {
    put(run, 14, address(side, offset));
    put(run, 17, step);
    put(run, 18, row);
  }

  /// Sets where a run writes for the layer above; the segment may be null if that is nothing.
  public static void runAbove(
      MemorySegment run, MemorySegment above, long offset, long step, long row) {
    put(run, 15, address(above, offset));
    put(run, 19, step);
    put(run, 20, row);
  }

  /// Sets where a run writes the values that are traced; the segment may be null if those are none.
  public static void runTrace(
      MemorySegment run, MemorySegment trace, long offset, long step, long row) {
    put(run, 16, address(trace, offset));
    put(run, 21, step);
    put(run, 22, row);
  }

  /// Sets a run's work memory.
  ///
  /// @param at its first byte
  public static void runWork(MemorySegment run, MemorySegment memory, long at) {
    put(run, 26, memory.address() + at);
  }

  /// Sets the threads that share a call.
  public static void runThreads(MemorySegment run, MemorySegment team, int threads) {
    put(run, 24, threads);
    put(run, 25, address(team));
  }

  /// Of what lies some floats behind a segment's begin; 0 if that is null.
  private static long address(MemorySegment target, long floats) {
    return target == null ? 0 : target.address() + floats * Float.BYTES;
  }

  /// Sets a pointer, as the number that it is: runs must not depend on the JIT to allocate nothing.
  static void address(MemorySegment struct, long field, MemorySegment target) {
    struct.set(ValueLayout.JAVA_LONG, field, address(target));
  }
}
