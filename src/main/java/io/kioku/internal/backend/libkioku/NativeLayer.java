package io.kioku.internal.backend.libkioku;

import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.libkioku.LayerPlan.Fill;
import io.kioku.internal.backend.libkioku.LayerPlan.Group;
import io.kioku.internal.backend.libkioku.LayerPlan.Instruction;
import io.kioku.internal.backend.libkioku.LayerPlan.MergedProduct;
import io.kioku.internal.backend.libkioku.LayerPlan.Moments;
import io.kioku.internal.backend.libkioku.LayerPlan.Part;
import io.kioku.internal.backend.libkioku.LayerPlan.Slot;
import io.kioku.internal.backend.libkioku.LayerPlan.Stage;
import io.kioku.internal.backend.libkioku.LayerPlan.VectorPart;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.LayerStructs;
import io.kioku.internal.ffi.Space;
import io.kioku.internal.ffi.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/// A plan with its parameters in native memory: a `kioku_layer`.
final class NativeLayer {
  private static final long CACHE_LINE = 64;

  private final LayerSpec spec;
  private final LayerPlan plan;
  private Parameters parameters; // null once they are packed
  private final Arena arena;
  private final LayerStructs structs;
  private final MemorySegment layer;
  private final PackedParameters packedParameters;
  private final long stepProducts;
  private long bytes;

  NativeLayer(LayerSpec spec, LayerPlan plan, Parameters parameters, int width, Arena arena) {
    this.spec = spec;
    this.plan = plan;
    this.stepProducts = plan.stepProducts();
    this.parameters = parameters;
    this.arena = arena;
    this.structs = new LayerStructs(arena);
    this.layer = structs.layer();
    this.packedParameters = new PackedParameters(spec);
    WeightFormat format = spec.quantization().format();
    LayerStructs.layerKind(layer, format, spec.output(), plan.isHiddenInOutput());
    LayerStructs.layerTime(layer, spec.clockOffset(), spec.cell().cycle());
    LayerStructs.layerSlots(layer, slots(), plan.slots().size(), vectors(width));
    LayerStructs.layerSizes(
        layer, plan.gateBlocks(), plan.valueBlocks(), plan.numbers(), plan.scratchWidth());
    LayerStructs.inputProducts(layer, products(plan.inputProducts()), plan.inputProducts().size());
    LayerStructs.fills(layer, fills(), plan.fills().size());
    LayerStructs.stages(layer, stages(), plan.stages().size());
    LayerStructs.plan(layer);
    this.parameters = null;
  }

  /// The `kioku_layer`.
  MemorySegment segment() {
    return layer;
  }

  /// Where the parameters lie.
  PackedParameters packedParameters() {
    return packedParameters;
  }

  /// Bytes of the packed weights.
  long bytes() {
    return bytes;
  }

  /// Multiply-adds of one step of one stream.
  long stepProducts() {
    return stepProducts;
  }

  /// Blocks of the gates of one step and stream.
  int gateBlocks() {
    return plan.gateBlocks();
  }

  boolean isReduced() {
    return spec.quantization().isReduced();
  }

  private MemorySegment slots() {
    MemorySegment slots = structs.slots(plan.slots().size());
    for (int i = 0; i < plan.slots().size(); i++) {
      Slot slot = plan.slots().get(i);
      LayerStructs.slot(slots, i, slot.space(), slot.offset());
    }
    return slots;
  }

  private MemorySegment vectors(int width) {
    long blockBytes = (long) width * Float.BYTES;
    MemorySegment values =
        arena.allocate(Math.max(1, plan.vectorBlocks()) * blockBytes, CACHE_LINE);
    for (Map.Entry<VectorPart, Integer> vector : plan.vectors().entrySet()) {
      copy(vector.getKey(), values.asSlice(vector.getValue() * blockBytes));
    }
    return values;
  }

  private void copy(VectorPart part, MemorySegment to) {
    float[] values = parameters.get(part.name());
    MemorySegment.copy(values, part.first(), to, ValueLayout.JAVA_FLOAT, 0, part.count());
    packedParameters.addVector(part, to);
  }

  private MemorySegment products(List<MergedProduct> merged) {
    MemorySegment products = structs.products(merged.size());
    for (int i = 0; i < merged.size(); i++) {
      MergedProduct product = merged.get(i);
      Part part = product.part();
      int gates = product.matrices().size();
      LayerStructs.product(
          products, i, weights(product), gates, part.rows(), product.columns(), scale(product));
      MemorySegment bias =
          product.biases() == null ? null : biases(product.biases(), part.firstRow(), part.rows());
      LayerStructs.productPlace(products, i, product.argument(), product.gatesOffset(), bias);
      LayerStructs.productTime(products, i, product.period(), product.delay());
    }
    return products;
  }

  /// Bytes have scales that are known beforehand for `x` and `h` only.
  private float scale(MergedProduct product) {
    Space space = plan.slots().get(product.argument()).space();
    return switch (space) {
      case INPUT -> spec.quantization().inputScale();
      case HIDDEN -> spec.quantization().stateScale();
      default -> 0;
    };
  }

  private MemorySegment weights(MergedProduct product) {
    Part part = product.part();
    int columns = product.columns();
    try (Arena plainArena = Arena.ofConfined()) {
      long count = (long) product.matrices().size() * part.rows() * columns;
      MemorySegment plain = plainArena.allocate(ValueLayout.JAVA_FLOAT, Math.max(1, count));
      long at = 0;
      for (String matrix : product.matrices()) {
        float[] values = parameters.get(matrix);
        for (int row = part.firstRow(); row < part.firstRow() + part.rows(); row++) {
          int from = row * part.columns() + part.firstColumn();
          MemorySegment.copy(
              values, from, plain, ValueLayout.JAVA_FLOAT, at * Float.BYTES, columns);
          at += columns;
        }
      }
      WeightFormat format = spec.quantization().format();
      int gates = product.matrices().size();
      MemorySegment packed = packed(format, plain, gates, part.rows(), columns);
      packedParameters.addMatrices(format, packed, product.matrices(), part);
      return packed;
    }
  }

  private MemorySegment packed(
      WeightFormat format, MemorySegment plain, int gates, int units, int columns) {
    MemorySegment packed = Kernels.pack(format, plain, gates, units, columns, arena);
    bytes += packed.byteSize();
    return packed;
  }

  /// The sums of each gate's biases, packed.
  private MemorySegment biases(List<List<String>> biases, int first, int units) {
    try (Arena plainArena = Arena.ofConfined()) {
      MemorySegment plain =
          plainArena.allocate(ValueLayout.JAVA_FLOAT, (long) biases.size() * units);
      for (int gate = 0; gate < biases.size(); gate++) {
        for (String name : biases.get(gate)) {
          float[] bias = parameters.get(name);
          for (int j = 0; j < units; j++) {
            long at = (long) gate * units + j;
            float sum = plain.getAtIndex(ValueLayout.JAVA_FLOAT, at) + bias[first + j];
            plain.setAtIndex(ValueLayout.JAVA_FLOAT, at, sum);
          }
        }
      }
      MemorySegment packed = packed(WeightFormat.F32, plain, biases.size(), units, 1);
      packedParameters.addBiases(packed, biases, first, units);
      return packed;
    }
  }

  private MemorySegment fills() {
    MemorySegment fills = structs.fills(plan.fills().size());
    for (int i = 0; i < plan.fills().size(); i++) {
      Fill fill = plan.fills().get(i);
      MemorySegment bias =
          fill.biases().isEmpty()
              ? null
              : biases(List.of(fill.biases()), fill.firstRow(), fill.units());
      LayerStructs.fill(fills, i, fill.gatesOffset(), fill.units(), bias);
    }
    return fills;
  }

  private MemorySegment moments(List<Moments> list) {
    MemorySegment moments = structs.moments(list.size());
    for (int i = 0; i < list.size(); i++) {
      Moments m = list.get(i);
      LayerStructs.moments(
          moments,
          i,
          structs.indices(m.arguments()),
          m.arguments().size(),
          m.units(),
          m.result(),
          m.epsilon());
    }
    return moments;
  }

  private MemorySegment stages() {
    MemorySegment stages = structs.stages(plan.stages().size());
    for (int i = 0; i < plan.stages().size(); i++) {
      Stage stage = plan.stages().get(i);
      LayerStructs.stage(
          stages,
          i,
          groups(stage.groups()),
          stage.groups().size(),
          moments(stage.moments()),
          stage.moments().size());
    }
    return stages;
  }

  private MemorySegment groups(List<Group> list) {
    MemorySegment groups = structs.groups(list.size());
    for (int i = 0; i < list.size(); i++) {
      Group group = list.get(i);
      LayerStructs.group(
          groups, i, group.units(), products(group.products()), group.products().size());
      LayerStructs.groupInstructions(
          groups,
          i,
          instructions(group.instructions()),
          group.instructions().size(),
          group.period());
    }
    return groups;
  }

  private MemorySegment instructions(List<Instruction> list) {
    MemorySegment instructions = structs.instructions(list.size());
    for (int k = 0; k < list.size(); k++) {
      Instruction in = list.get(k);
      LayerStructs.instruction(
          instructions, k, in.op(), in.dst(), in.a(), in.b(), in.c(), in.alpha(), in.beta());
    }
    return instructions;
  }
}
