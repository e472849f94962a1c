package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.Shape;
import io.kioku.internal.onnx.op.Value;
import io.kioku.onnx.OnnxException;
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

  Limits limits() {
    return limits;
  }

  /// The outputs' values by name; nothing if they are too large.
  ///
  /// @throws io.kioku.internal.onnx.graph.Refusal if the node fails
  Map<String, Constant> fold(PlannedNode node, Map<String, Constant> inputs) {
    Limits folding = new Limits(limits.threads(), LARGEST, 0);
    Plan plan = new Plan(List.of(node), List.of(), List.of(), inputs);
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
    } catch (OnnxException | ArithmeticException | OutOfMemoryError e) {
      return Map.of(); // fails again, with a message, when it is run
    }
  }

  private Constant keep(Value value) {
    Shape shape = value.shape();
    left -= shape.bytes();
    if (left < 0) {
      throw new OnnxException("too much to keep");
    }
    MemorySegment data = arena.allocate(Math.max(64, shape.bytes()), 64).asSlice(0, shape.bytes());
    data.copyFrom(value.data());
    return new Constant(shape.type(), shape.dims(), data.asReadOnly());
  }
}
