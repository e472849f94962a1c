package io.kioku.internal.ffi;

import io.kioku.bindings.kioku.kioku_fused;
import io.kioku.bindings.kioku.kioku_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A `kioku_fused` with its packed weights: one layer of a cell that libkioku has kernels for, in
/// one direction. Sizes are the caller's to check.
public final class FusedStruct {
  private static final long ALIGNMENT = 64;

  private final MemorySegment layer;
  private final long gatesWidth;
  private final long scratchWidth;
  private final long argumentWidth;
  private final long packedBytes;

  /// A layer without its weights.
  ///
  /// @param arena what the layer lives in
  /// @param projected P; 0 if the output is not projected
  public FusedStruct(
      Kernels kernels,
      Arena arena,
      FusedCell cell,
      WeightFormat format,
      int input,
      int hidden,
      int projected) {
    layer = kioku_fused.allocate(arena);
    kioku_fused.cell(layer, cell.code());
    kioku_fused.precision(layer, format.code());
    kioku_fused.input(layer, input);
    kioku_fused.hidden(layer, hidden);
    kioku_fused.projected(layer, projected);
    kernels.planFused(layer);
    gatesWidth = kioku_fused.gates_width(layer);
    scratchWidth = kioku_fused.scratch_width(layer);
    argumentWidth = kioku_fused.argument_width(layer);
    packedBytes = Math.multiplyExact(kioku_fused.packed_size(layer), (long) Float.BYTES);
    kioku_fused.packed(layer, arena.allocate(packedBytes, ALIGNMENT));
  }

  /// Fixes the scales of bytes; 0 for those that follow from the values.
  public void scales(float x, float h) {
    kioku_fused.x_scale(layer, x);
    kioku_fused.h_scale(layer, h);
  }

  /// Packs the weights, each row-major in the order that [FusedCell] names.
  ///
  /// @param input (G · H, I)
  /// @param recurrent (G · H, O)
  /// @param vectors (V, H)
  /// @param projection (P, H); null if there is none
  public void pack(
      MemorySegment input,
      MemorySegment recurrent,
      MemorySegment vectors,
      MemorySegment projection) {
    kioku_h.kioku_fused_pack_f32(
        layer,
        input,
        recurrent,
        vectors,
        projection == null ? MemorySegment.NULL : projection,
        kioku_fused.packed(layer));
  }

  /// Floats of a step and row that a run needs for gates.
  public long gatesWidth() {
    return gatesWidth;
  }

  /// Floats of a row that a run needs for scratch.
  public long scratchWidth() {
    return scratchWidth;
  }

  /// Floats of a row that a run needs for arguments: one row for each step and stream whose input
  /// is multiplied ahead, and one for each thread and stream.
  public long argumentWidth() {
    return argumentWidth;
  }

  /// Bytes of the packed weights.
  public long packedBytes() {
    return packedBytes;
  }

  /// The struct, for [Kernels#runFused].
  public MemorySegment segment() {
    return layer;
  }
}
