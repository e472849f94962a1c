package io.kioku.internal.backend.blas;

import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.blas.LayerPlan.Instruction;
import io.kioku.internal.backend.blas.LayerPlan.MergedProduct;
import io.kioku.internal.backend.blas.LayerPlan.Moments;
import io.kioku.internal.backend.blas.LayerPlan.Program;
import io.kioku.internal.backend.blas.LayerPlan.Stage;
import io.kioku.internal.ffi.LayerStructs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A plan with its parameters in native memory: a `kioku_layer`.
final class BlasLayer {
  private static final long ALIGNMENT = 64;

  private final LayerPlan plan;
  private final Parameters parameters;
  private final Arena arena;
  private final LayerStructs structs;
  private final MemorySegment layer;

  BlasLayer(LayerPlan plan, Parameters parameters, Arena arena) {
    this.plan = plan;
    this.parameters = parameters;
    this.arena = arena;
    this.structs = new LayerStructs(arena);
    this.layer =
        structs.layer(
            slots(),
            plan.slots().size(),
            vectors(),
            gatesInit(),
            plan.gatesWidth(),
            plan.scratchWidth());
    LayerStructs.inputProducts(layer, products(plan.inputProducts()), plan.inputProducts().size());
    LayerStructs.stages(layer, stages(), plan.stages().size());
  }

  LayerPlan plan() {
    return plan;
  }

  /// The `kioku_layer`.
  MemorySegment segment() {
    return layer;
  }

  private MemorySegment slots() {
    MemorySegment slots = structs.slots(plan.slots().size());
    for (int i = 0; i < plan.slots().size(); i++) {
      LayerPlan.Slot slot = plan.slots().get(i);
      LayerStructs.slot(slots, i, slot.space(), slot.offset());
    }
    return slots;
  }

  private MemorySegment vectors() {
    MemorySegment values = floats(plan.parameterWidth());
    plan.vectors().forEach((name, offset) -> copy(parameters.get(name), values, offset));
    return values;
  }

  /// What products add to: the sum of each gate's biases.
  private MemorySegment gatesInit() {
    MemorySegment values = floats(plan.gatesWidth());
    plan.biases()
        .forEach((name, offsets) -> {
          float[] bias = parameters.get(name);
          for (int offset : offsets) {
            for (int j = 0; j < bias.length; j++) {
              float sum = values.getAtIndex(ValueLayout.JAVA_FLOAT, offset + j) + bias[j];
              values.setAtIndex(ValueLayout.JAVA_FLOAT, offset + j, sum);
            }
          }
        });
    return values;
  }

  private MemorySegment products(List<MergedProduct> merged) {
    MemorySegment products = structs.products(merged.size());
    for (int i = 0; i < merged.size(); i++) {
      MergedProduct product = merged.get(i);
      LayerStructs.product(products, i, weights(product), product.rows(), product.columns());
      LayerStructs.productPlace(products, i, product.argument(), product.gatesOffset());
      LayerStructs.productTime(products, i, product.period(), product.delay());
    }
    return products;
  }

  private MemorySegment weights(MergedProduct product) {
    MemorySegment weights = floats((long) product.rows() * product.columns());
    LayerPlan.Part part = product.part();
    long at = 0;
    for (String matrix : product.matrices()) {
      float[] values = parameters.get(matrix);
      int rows = part.count() == 0 ? values.length / part.columns() : part.count();
      for (int row = part.firstRow(); row < part.firstRow() + rows; row++) {
        int from = row * part.columns() + part.firstColumn();
        MemorySegment.copy(
            values, from, weights, ValueLayout.JAVA_FLOAT, at * Float.BYTES, product.columns());
        at += product.columns();
      }
    }
    return weights;
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
          m.columns(),
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
          products(stage.products()),
          stage.products().size(),
          moments(stage.moments()),
          stage.moments().size(),
          programs(stage.programs()),
          stage.programs().size());
    }
    return stages;
  }

  private MemorySegment programs(List<Program> list) {
    MemorySegment programs = structs.programs(list.size());
    for (int i = 0; i < list.size(); i++) {
      Program program = list.get(i);
      int count = program.instructions().size();
      MemorySegment instructions = structs.instructions(count);
      for (int k = 0; k < count; k++) {
        Instruction in = program.instructions().get(k);
        LayerStructs.instruction(
            instructions, k, in.op(), in.dst(), in.a(), in.b(), in.c(), in.alpha(), in.beta());
      }
      LayerStructs.program(programs, i, instructions, count, program.columns());
      LayerStructs.programPeriod(programs, i, program.period());
    }
    return programs;
  }

  private MemorySegment floats(long count) {
    return arena.allocate(Math.max(1, count) * Float.BYTES, ALIGNMENT);
  }

  private static void copy(float[] from, MemorySegment to, long at) {
    MemorySegment.copy(from, 0, to, ValueLayout.JAVA_FLOAT, at * Float.BYTES, from.length);
  }
}
