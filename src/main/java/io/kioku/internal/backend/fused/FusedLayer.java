package io.kioku.internal.backend.fused;

import io.kioku.internal.backend.Buffer;
import io.kioku.internal.backend.KnownCell;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.PackedLayer;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.ffi.FusedCell;
import io.kioku.internal.ffi.FusedStruct;
import io.kioku.internal.ffi.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A layer's weights, packed for libkioku's kernels.
final class FusedLayer implements PackedLayer {
  private final Kernels kernels;
  private final FusedStruct struct;
  private final long stepProducts;
  private final int threads;

  FusedLayer(
      Kernels kernels,
      LayerSpec spec,
      KnownCell<FusedCell> cell,
      Parameters parameters,
      int threads,
      Arena arena) {
    this.kernels = kernels;
    this.threads = threads;
    this.stepProducts = stepProducts(spec, cell);
    int projected = cell.projection() == null ? 0 : spec.output();
    this.struct =
        new FusedStruct(
            kernels,
            arena,
            cell.kernel(),
            spec.quantization().format(),
            spec.input(),
            spec.hidden(),
            projected);
    struct.scales(spec.quantization().inputScale(), spec.quantization().stateScale());
    try (Arena plain = Arena.ofConfined()) {
      struct.pack(
          stacked(cell.inputMatrices(), parameters, plain),
          stacked(cell.recurrentMatrices(), parameters, plain),
          stacked(cell.vectors(), parameters, plain),
          projected == 0 ? null : stacked(List.of(cell.projection()), parameters, plain));
    }
  }

  FusedStruct struct() {
    return struct;
  }

  static long stepProducts(LayerSpec spec, KnownCell<FusedCell> cell) {
    long columns = (long) spec.input() + spec.output();
    return cell.recurrentMatrices().size() * columns * spec.hidden();
  }

  /// Multiply-adds of one step of one stream.
  long stepProducts() {
    return stepProducts;
  }

  /// Threads that may share a call.
  int threads() {
    return threads;
  }

  @Override
  public LayerRunner newRunner(Arena arena, Buffer workspace) {
    return new FusedRunner(kernels, this, arena, workspace);
  }

  private static MemorySegment stacked(List<String> names, Parameters parameters, Arena arena) {
    long count = names.stream().mapToLong(name -> parameters.get(name).length).sum();
    MemorySegment result = arena.allocate(ValueLayout.JAVA_FLOAT, count);
    long at = 0;
    for (String name : names) {
      float[] values = parameters.get(name);
      MemorySegment.copy(values, 0, result, ValueLayout.JAVA_FLOAT, at, values.length);
      at += (long) values.length * Float.BYTES;
    }
    return result;
  }
}
