package io.kioku.internal.onnx.op.quantize;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.OperatorContext;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A right factor that may be known when a model is loaded: widened once then, for all contexts.
final class PackedFactor implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Constant codes; // null: not known
  private final Constant zero; // null: 0
  private MemorySegment floats;

  /// @param codes the factor's input
  /// @param zero the input of its zero point
  PackedFactor(Node node, OperatorContext context, int codes, int zero) {
    boolean hasZero = node.inputs().size() > zero && !node.inputs().get(zero).isEmpty();
    this.zero = context.constant(zero);
    this.codes = hasZero && this.zero == null ? null : context.constant(codes);
  }

  /// The codes as float32; null if they are not known. To be asked for when types and shapes have
  /// been checked.
  synchronized MemorySegment floats() {
    if (floats == null && codes != null) {
      floats = Factor.pack(arena, codes, zero);
    }
    return floats;
  }

  @Override
  public void close() {
    arena.close();
  }
}
