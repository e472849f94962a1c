package io.kioku.internal.ffi;

import io.kioku.bindings.onednn.dnnl_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/// How unsigned bytes stand for floats: as `128 + round(value / scale)`. Only read by the
/// primitives that it is an argument of, which may share it.
public final class OnednnBytes {
  /// The byte that stands for 0.
  public static final int ZERO = 128;

  private final MemorySegment scale;
  private final MemorySegment zero;

  /// @param owner closes the memory objects
  /// @param arena of the numbers in them
  public OnednnBytes(Handles owner, Arena arena, float scale) {
    OnednnMemory memory = new OnednnMemory(Onednn.get());
    this.scale =
        memory.memory(
            owner,
            memory.descriptor(owner, OnednnType.F32, 1),
            arena.allocateFrom(ValueLayout.JAVA_FLOAT, scale));
    this.zero =
        memory.memory(
            owner,
            memory.descriptor(owner, OnednnType.S32, 1),
            arena.allocateFrom(ValueLayout.JAVA_INT, ZERO));
  }

  /// The arguments that say so of a primitive's source or destination.
  Map<Integer, MemorySegment> arguments(int argument) {
    return Map.of(
        dnnl_h.DNNL_ARG_ATTR_SCALES() | argument,
        scale,
        dnnl_h.DNNL_ARG_ATTR_ZERO_POINTS() | argument,
        zero);
  }
}
