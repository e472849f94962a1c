package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.op.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory of a context, up to a limit; freed with its arena.
final class ContextMemory implements Value.Memory {
  private static final long ALIGNMENT = 64;

  private final Arena arena;
  private final long limit;
  private long used;

  ContextMemory(Arena arena, long limit) {
    this.arena = arena;
    this.limit = limit;
  }

  Arena arena() {
    return arena;
  }

  @Override
  public MemorySegment allocate(long bytes) {
    if (bytes > limit - used) {
      throw new ModelFailure(
          "the model's values need %,d bytes and more, the limit is %,d: see the memory limit's option"
              .formatted(used + bytes, limit));
    }
    MemorySegment segment = arena.allocate(bytes, ALIGNMENT);
    used += bytes;
    return segment;
  }
}
