package io.kioku.internal.onnx.op.quantize;

import io.kioku.format.ElementType;
import io.kioku.internal.ffi.IntegerCodes;
import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.op.MatrixShapes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The right factor of a product of codes, (..., K, N), packed once for a model if it is known when
/// that is loaded.
public final class PackedFactor implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Constant codes; // null: not known
  private MemorySegment packed;

  /// @param codes null if they are not known; of a type and shape that are still to be checked
  public PackedFactor(Constant codes) {
    this.codes = codes;
  }

  /// The packed matrices, one behind the other; null if they are not known. To be asked for when
  /// types and shapes have been checked.
  public synchronized MemorySegment packed() {
    if (packed == null && codes != null) {
      MatrixShapes matrices = MatrixShapes.of(codes.dims(), false);
      packed = IntegerCodes.memory(bytes(matrices), arena);
      pack(codes.type(), codes.data(), matrices, packed);
    }
    return packed;
  }

  private static long count(MatrixShapes matrices) {
    long count = 1;
    for (long dim : matrices.batch()) {
      count *= dim;
    }
    return count;
  }

  /// Bytes of one packed matrix.
  public static long bytesOfOne(MatrixShapes matrices) {
    return IntegerCodes.packedBytes(matrices.columns(), matrices.rows());
  }

  /// Bytes of all packed matrices.
  public static long bytes(MatrixShapes matrices) {
    return Math.multiplyExact(count(matrices), bytesOfOne(matrices));
  }

  /// Packs matrices.
  ///
  /// @param to for [#bytes], aligned to a cache line
  public static void pack(
      ElementType type, MemorySegment codes, MatrixShapes matrices, MemorySegment to) {
    long size = matrices.rows() * matrices.columns();
    long bytes = bytesOfOne(matrices);
    for (long i = 0; i < count(matrices); i++) {
      IntegerCodes.pack(
          type == ElementType.INT8,
          codes.address() + i * size,
          matrices.columns(),
          matrices.rows(),
          1,
          matrices.columns(),
          to.address() + i * bytes);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
