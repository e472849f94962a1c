package io.kioku.internal.backend.onednn;

import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.ffi.OnednnRnn.Kind;

/// The batch from which oneDNN overtakes libkioku's kernels for a layer, as measured with I = H;
/// docs/performance.md has the figures. In fewer bits only where it is ahead by 3 % or more.
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
  static int batch(LayerSpec spec, Kind kind, String isa, boolean isStep) {
    int hidden = spec.hidden();
    return switch (spec.quantization().format()) {
      case F32 -> inFloats(hidden, kind, isa, isStep);
      case BF16 -> isa.equals("amx") ? inTiles(hidden, kind, isStep) : inHalves(hidden, kind);
      case INT8 -> isStep ? NEVER : inBytes(hidden, kind, isa.equals("amx"));
    };
  }

  /// With AVX2 libkioku's kernels are ahead or equal at all batches; with AVX-512 but for large
  /// batches of LSTM whose weights fit the second-level cache or nearly so.
  private static int inFloats(int hidden, Kind kind, String isa, boolean isStep) {
    return switch (isa) {
      case "avx512", "avx512_vnni", "avx512_bf16", "amx" ->
          kind == Kind.LSTM && hidden >= 256 && hidden < 1024 && !isStep ? 64 : NEVER;
      case "avx2" -> NEVER;
      default -> {
        if (hidden < FAST_HIDDEN) {
          yield NEVER;
        }
        yield kind == Kind.GRU ? FAST_BATCH_RESET_BEFORE : FAST_BATCH;
      }
    };
  }

  /// bfloat16 on the matrix unit.
  private static int inTiles(int hidden, Kind kind, boolean isStep) {
    if (hidden < 512 || (isStep && (hidden >= 1024 || kind != Kind.LSTM))) {
      return NEVER;
    }
    return switch (kind) {
      case LSTM -> hidden >= 1024 ? 128 : 64;
      case GRU -> 128;
      default -> NEVER;
    };
  }

  /// bfloat16 in vectors.
  private static int inHalves(int hidden, Kind kind) {
    return hidden >= 1024 && (kind == Kind.LSTM || kind == Kind.GRU) ? 16 : NEVER;
  }

  /// Calibrated bytes, of LSTM or GRU.
  private static int inBytes(int hidden, Kind kind, boolean hasTiles) {
    if (kind == Kind.GRU) {
      return hidden >= 1024 ? 128 : NEVER;
    }
    if (hasTiles) {
      return hidden >= 128 ? 64 : NEVER;
    }
    return hidden >= 1024 ? 32 : NEVER;
  }
}
