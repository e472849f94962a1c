package io.kioku.internal.onnx.op.window;

import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Constant weights of a convolution of one group, which are packed for few positions: once for a
/// model, when the first context has so few.
final class ConvolutionWeights {
  /// More positions than that fill the lanes of vectors by themselves.
  private static final long FEW_POSITIONS = 8;

  private final MemorySegment plain;
  private final int outputs;
  private final Arena arena;
  private MemorySegment packed; // null until somebody has few positions

  /// @param plain (outputs, ...), row-major
  /// @param arena what packed ones live in
  ConvolutionWeights(MemorySegment plain, long outputs, Arena arena) {
    this.plain = plain;
    this.outputs = Math.toIntExact(outputs);
    this.arena = arena;
  }

  /// Where the packed weights are for so many positions of a batch entry; 0 if these are not few.
  synchronized long packed(long positions) {
    if (positions > FEW_POSITIONS) {
      return 0;
    }
    if (packed == null) {
      int inputs = Math.toIntExact(plain.byteSize() / ValueLayout.JAVA_FLOAT.byteSize() / outputs);
      packed = Kernels.pack(WeightFormat.F32, plain, 1, outputs, inputs, arena);
    }
    return packed.address();
  }
}
