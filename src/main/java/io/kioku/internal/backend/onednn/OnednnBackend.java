package io.kioku.internal.backend.onednn;

import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.PackedLayer;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Quantization;
import io.kioku.internal.backend.WatchedLayer;
import io.kioku.internal.backend.libkioku.LibkiokuBackend;
import io.kioku.internal.ffi.Isa;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.Onednn;
import io.kioku.internal.ffi.OnednnRnn.Kind;
import io.kioku.internal.ffi.WeightFormat;
import java.lang.foreign.Arena;
import java.util.Optional;

/// oneDNN's recurrent primitives, for the cells that have one. An affine layer is not theirs to
/// compute: it is one product, and OpenBLAS's.
public final class OnednnBackend implements LayerBackend {
  /// Where it has products of bfloat16; elsewhere it refuses them or computes by plain loops.
  private static final Isa HALVES = Isa.AVX512_BF16;

  /// Where its sums of products of bytes do not saturate.
  private static final Isa BYTES = Isa.AVX512_VNNI;

  private final LayerBackend libkioku = new LibkiokuBackend();

  @Override
  public String name() {
    return "onednn";
  }

  @Override
  public Optional<String> refusal(LayerSpec spec) {
    if (spec.isAffine()) {
      return Optional.empty();
    }
    Optional<RnnCell> cell = RnnCell.of(spec.cell());
    return cell.isEmpty()
        ? Optional.of("oneDNN has no primitive for its equations")
        : switch (spec.quantization().format()) {
          case F32 -> Optional.empty();
          case BF16 -> refusalOfHalves(cell.get());
          case INT8 -> refusalOfBytes(cell.get(), spec.quantization());
        };
  }

  private static Optional<String> refusalOfHalves(RnnCell cell) {
    if (cell.projection() != null) {
      return Optional.of("oneDNN computes a projection in bfloat16 wrongly");
    }
    if (cell.hasAttention()) {
      return Optional.of("oneDNN rounds AUGRU's scores to bfloat16");
    }
    return lacks(HALVES, "bfloat16");
  }

  private static Optional<String> refusalOfBytes(RnnCell cell, Quantization scales) {
    boolean isPlainLstm =
        cell.primitive() == Kind.LSTM && cell.peepholes().isEmpty() && cell.projection() == null;
    if (!isPlainLstm && cell.primitive() != Kind.GRU) {
      return Optional.of("oneDNN has LSTM and GRU with the reset before the product in 8 bits");
    }
    return scales.hasScales()
        ? lacks(BYTES, "8 bits")
        : Optional.of("oneDNN needs fixed scales: compile with a Calibration");
  }

  private static Optional<String> lacks(Isa needed, String numbers) {
    Isa isa = Kernels.get().isa();
    return isa.has(needed)
        ? Optional.empty()
        : Optional.of(
            "oneDNN's products in %s need %s; the instruction set is %s"
                .formatted(numbers, needed, isa));
  }

  @Override
  public boolean isQuantizing() {
    return true;
  }

  @Override
  public Optional<String> unavailable() {
    try {
      Onednn.get();
      return Optional.empty();
    } catch (IllegalStateException e) {
      return Optional.of(e.getMessage());
    }
  }

  @Override
  public Optional<String> drawback(LayerSpec spec) {
    if (spec.isAffine()) {
      return Optional.of("an affine layer is one matrix product, which is OpenBLAS's");
    }
    Kind primitive = primitive(spec);
    if (primitive == Kind.AUGRU) {
      return Optional.of("oneDNN has no fast kernel for AUGRU");
    }
    return primitive == Kind.RELU
        ? Optional.of("oneDNN's rectifier turns NaN into 0")
        : Optional.empty();
  }

  @Override
  public Optional<String> raggedDrawback() {
    return Optional.of(
        "with different lengths the batch shrinks from step to step, and oneDNN needs a primitive"
            + " for each size");
  }

  @Override
  public int fastestFrom(LayerSpec spec, boolean isStep) {
    return Crossover.batch(spec, primitive(spec), Kernels.get().isa(), isStep);
  }

  @Override
  public PackedLayer pack(LayerSpec spec, Parameters parameters, int threads, Arena arena) {
    if (spec.isAffine()) {
      return libkioku.pack(spec, parameters, threads, arena);
    }
    RnnCell cell =
        RnnCell.of(spec.cell())
            .orElseThrow(
                () -> new IllegalArgumentException("oneDNN does not run the cell " + spec.cell()));
    if (spec.quantization().format() != WeightFormat.INT8) {
      return new OnednnLayer(spec, cell, parameters, null, threads, arena);
    }
    Optional<ByteWeights> weights = ByteWeights.of(spec, cell, parameters);
    return weights.isPresent()
        ? new OnednnLayer(spec, cell, parameters, weights.get(), threads, arena)
        : libkioku.pack(spec, parameters, threads, arena); // which makes NaN of them
  }

  @Override
  public PackedLayer packTraced(LayerSpec spec, Parameters parameters, int threads, Arena arena) {
    PackedLayer watcher =
        libkioku.packTraced(spec.in(Quantization.NONE), parameters, threads, arena);
    return spec.isAffine()
        ? watcher
        : new WatchedLayer(spec, pack(spec, parameters, threads, arena), watcher);
  }

  /// Null if there is none.
  private static Kind primitive(LayerSpec spec) {
    Optional<RnnCell> cell = RnnCell.of(spec.cell());
    return cell.isPresent() ? cell.get().primitive() : null;
  }
}
