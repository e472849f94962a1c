package io.kioku.internal.onnx.plan;

import io.kioku.format.ElementType;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.PlannedNode;
import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Computes nodes whose inputs are all known, with the kernels that would compute them later.
final class Folder {
  /// A result that is larger is computed in each context: a small file must not make a large model.
  private static final long LARGEST = 16 << 20;

  private final Arena arena;
  private final Limits limits;
  private long left = 16 * LARGEST;

  /// @param arena where the results live
  Folder(Arena arena, Limits limits) {
    this.arena = arena;
    this.limits = limits;
  }

  /// Where results live.
  Arena arena() {
    return arena;
  }

  Limits limits() {
    return limits;
  }

  /// The outputs' values by name; nothing if they are too large.
  ///
  /// @throws io.kioku.internal.onnx.graph.Refusal if the node fails
  Map<String, Constant> fold(PlannedNode node, Map<String, Constant> inputs) {
    Limits folding = new Limits(limits.threads(), LARGEST, 0);
    Plan plan = new Plan(List.of(node), List.of(), List.of(), List.of(), inputs);
    try (Arena temporary = Arena.ofConfined();
        Execution execution = new Execution(plan, temporary, folding)) {
      execution.run();
      Map<String, Constant> results = new LinkedHashMap<>();
      for (String name : node.node().outputs()) {
        if (!name.isEmpty()) {
          results.put(name, keep(execution.value(name)));
        }
      }
      return results;
    } catch (ModelFailure | ArithmeticException | OutOfMemoryError e) {
      return Map.of(); // fails again, with a message, when it is run
    }
  }

  /// Values of int64 that were found out; only their shape is kept if they are too many.
  Known known(long[] dims, long... values) {
    return left < (long) values.length * Long.BYTES
        ? Known.of(ElementType.INT64, dims)
        : Known.of(keep(ElementType.INT64, dims, MemorySegment.ofArray(values)));
  }

  private Constant keep(Value value) {
    return keep(value.type(), value.dims(), value.data());
  }

  private Constant keep(ElementType type, long[] dims, MemorySegment values) {
    left -= values.byteSize();
    if (left < 0) {
      throw new ModelFailure("too much to keep");
    }
    MemorySegment data =
        arena.allocate(Math.max(64, values.byteSize()), 64).asSlice(0, values.byteSize());
    data.copyFrom(values);
    return new Constant(type, dims, data.asReadOnly());
  }
}
