package io.kioku.internal.backend.onednn;

import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.ffi.Isa;
import io.kioku.internal.ffi.OnednnRnn.Kind;

/// The batch from which oneDNN overtakes libkioku's kernels for a layer, as measured with I = H;
/// docs/performance.md has the figures. In fewer bits only where it is ahead by 3 % or more, which
/// takes the matrix unit.
final class Crossover {
  private static final int NEVER = Integer.MAX_VALUE;

  /// Without AVX2, where its blocked products overtake products that stream the weights for each
  /// row; below, the microseconds that each of its calls costs outweigh what they gain.
  private static final int FAST_HIDDEN = 128;

  private static final int FAST_BATCH = 3;

  /// Its GRU that resets before the product has no kernel of its own.
  private static final int FAST_BATCH_RESET_BEFORE = 8;

  private Crossover() {}

  /// @param kind null of a layer that oneDNN has no primitive for
  static int batch(LayerSpec spec, Kind kind, Isa isa, boolean isStep) {
    int hidden = spec.hidden();
    return switch (spec.quantization().format()) {
      case F32 -> inFloats(hidden, kind, isa);
      case BF16 -> isa == Isa.AMX ? inHalves(hidden, kind, isStep) : NEVER;
      case INT8 -> isa == Isa.AMX ? inBytes(hidden, kind, isStep) : NEVER;
    };
  }

  /// With AVX2 and more libkioku's kernels are ahead or equal at all batches (with NEON nobody has
  /// measured).
  private static int inFloats(int hidden, Kind kind, Isa isa) {
    if (isa != Isa.SCALAR || hidden < FAST_HIDDEN) {
      return NEVER;
    }
    return kind == Kind.GRU ? FAST_BATCH_RESET_BEFORE : FAST_BATCH;
  }

  private static int inHalves(int hidden, Kind kind, boolean isStep) {
    boolean isLarge = hidden >= 1024;
    return switch (kind) {
      case LSTM -> hidden < 512 || (isLarge && isStep) ? NEVER : isLarge ? 128 : 64;
      case GRU -> hidden < 512 || isLarge || isStep ? NEVER : 64;
      default -> NEVER;
    };
  }

  private static int inBytes(int hidden, Kind kind, boolean isStep) {
    return switch (kind) {
      case LSTM -> hidden < 256 || isStep ? NEVER : 64;
      case GRU -> hidden < 1024 || isStep ? NEVER : 128;
      default -> NEVER;
    };
  }
}
