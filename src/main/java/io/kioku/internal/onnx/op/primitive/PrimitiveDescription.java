package io.kioku.internal.onnx.op.primitive;

import io.kioku.internal.ffi.Handles;
import io.kioku.internal.ffi.OnednnMemory;
import io.kioku.internal.ffi.OnednnOperations;
import java.lang.foreign.MemorySegment;

/// Describes a primitive for a kernel's present shapes.
@FunctionalInterface
public interface PrimitiveDescription {
  /// A primitive, and the layouts of the tensors that it is to work on.
  ///
  /// @param primitive of [OnednnOperations]; may be [MemorySegment#NULL]
  /// @param weights [MemorySegment#NULL] if there are none
  /// @param packed the weights if they are constant; null if they are not, or there are none
  /// @param result what the primitive writes, with the destination's dimensions; null if these are
  ///   the primitive's own
  record Described(
      MemorySegment primitive,
      MemorySegment source,
      MemorySegment weights,
      PrepackedOperand packed,
      MemorySegment result,
      MemorySegment destination) {
    /// What a primitive writes as the destination has it.
    public Described(
        MemorySegment primitive,
        MemorySegment source,
        MemorySegment weights,
        PrepackedOperand packed,
        MemorySegment destination) {
      this(primitive, source, weights, packed, null, destination);
    }
  }

  /// Describes it, or answers null where oneDNN has nothing for these shapes.
  ///
  /// @param owner of all that is described
  Described describe(Handles owner, OnednnMemory memory, OnednnOperations operations);
}
