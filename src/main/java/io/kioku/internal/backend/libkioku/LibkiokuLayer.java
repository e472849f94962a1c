package io.kioku.internal.backend.libkioku;

import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.backend.PackedLayer;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.ffi.Kernels;
import java.lang.foreign.Arena;

/// A layer's plan and weights, packed for libkioku.
///
/// @param threads that may share a call
record LibkiokuLayer(Kernels kernels, NativeLayer layer, int threads) implements PackedLayer {
  @Override
  public LayerRunner newRunner(Arena arena, Buffer workspace) {
    return new LibkiokuRunner(this, arena, workspace);
  }

  @Override
  public boolean canUnpack() {
    return layer.packedParameters().isComplete();
  }

  @Override
  public Parameters unpack() {
    return layer.packedParameters().unpacked();
  }
}
