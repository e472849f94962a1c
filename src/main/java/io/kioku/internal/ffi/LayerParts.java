package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_part;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// An array of `kioku_part`: layers that run at once. Sizes are the caller's to check.
public final class LayerParts {
  private final Kernels kernels;
  private final MemorySegment all;
  private final MemorySegment[] parts;

  /// Parts without layers.
  ///
  /// @param arena what they live in
  public LayerParts(Kernels kernels, Arena arena, int count) {
    this.kernels = kernels;
    this.all = Pinned.of(kioku_part.allocateArray(count, arena));
    this.parts = new MemorySegment[count];
    for (int i = 0; i < count; i++) {
      parts[i] = Pinned.of(kioku_part.asSlice(all, i));
    }
  }

  /// Sets what does not change from call to call.
  ///
  /// @param follows whether it reads what the part before it writes
  public void layer(int index, MemorySegment layer, MemorySegment run, boolean follows) {
    kioku_part.layer(parts[index], layer);
    kioku_part.run(parts[index], run);
    kioku_part.follows(parts[index], follows ? 1 : 0);
  }

  /// Sets where a part reads.
  ///
  /// @param x the session's memory; null for the call's
  /// @param offset floats from its begin
  public void input(int index, MemorySegment x, long offset) {
    LayerStructs.address(parts[index], kioku_part.x$offset(), x);
    kioku_part.x_offset(parts[index], offset);
  }

  /// Sets where a part writes, likewise.
  public void output(int index, MemorySegment y, long offset) {
    LayerStructs.address(parts[index], kioku_part.y$offset(), y);
    kioku_part.y_offset(parts[index], offset);
  }

  /// Runs all parts.
  public void run(int threads, MemorySegment team, MemorySegment x, MemorySegment y) {
    kernels.runParts(all, parts.length, threads, team, x, y);
  }
}
