package io.kioku.internal.backend.fused;

import io.kioku.cell.Cell;
import io.kioku.cell.Cells;
import io.kioku.cell.LstmCells;
import io.kioku.internal.backend.JointRunner;
import io.kioku.internal.backend.KnownCell;
import io.kioku.internal.backend.KnownCell.Pattern;
import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.PackedLayer;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Quantization;
import io.kioku.internal.backend.WatchedLayer;
import io.kioku.internal.backend.blas.BlasBackend;
import io.kioku.internal.ffi.FusedCell;
import io.kioku.internal.ffi.Isa;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.WeightFormat;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// libkioku's kernels for the cells that everybody knows, made for small batches: products whose
/// sums stay in registers, the gates behind them, and the loop over time are one native call. An
/// affine layer is left to OpenBLAS.
public final class FusedBackend implements LayerBackend {
  private static final String LSTM_GATES = "i f g o";
  private static final String LSTM_BIASES = "b_i b_f b_g b_o";
  private static final String LSTM_PEEPHOLES = LSTM_BIASES + " p_i p_f p_o";

  /// In the order of `kioku_fused_cell`.
  private static final List<Pattern<FusedCell>> KNOWN =
      List.of(
          new Pattern<>(Cells.LSTM, FusedCell.LSTM, LSTM_GATES, LSTM_BIASES),
          new Pattern<>(LstmCells.LSTMP, FusedCell.LSTM, LSTM_GATES, LSTM_BIASES),
          new Pattern<>(
              LstmCells.LSTM_PEEPHOLE, FusedCell.LSTM_PEEPHOLE, LSTM_GATES, LSTM_PEEPHOLES),
          new Pattern<>(
              LstmCells.LSTMP_PEEPHOLE, FusedCell.LSTM_PEEPHOLE, LSTM_GATES, LSTM_PEEPHOLES),
          new Pattern<>(LstmCells.CIFG, FusedCell.CIFG, "f g o", "b_f b_g b_o"),
          new Pattern<>(
              LstmCells.CIFG_PEEPHOLE, FusedCell.CIFG_PEEPHOLE, "f g o", "b_f b_g b_o p_f p_o"),
          new Pattern<>(Cells.GRU, FusedCell.GRU, "r z n", "b_r b_z b_n d_n"),
          new Pattern<>(Cells.GRU_RESET_BEFORE, FusedCell.GRU_RESET_BEFORE, "r z n", "b_r b_z b_n"),
          new Pattern<>(Cells.RNN_TANH, FusedCell.RNN_TANH, "h", "b_h"),
          new Pattern<>(Cells.RNN_RELU, FusedCell.RNN_RELU, "h", "b_h"));

  /// Beyond this, sums of bytes could overflow.
  private static final int MAX_BYTE_COLUMNS = 1 << 16;

  private final LayerBackend blas = new BlasBackend();

  @Override
  public String name() {
    return "fused";
  }

  @Override
  public Optional<String> refusal(LayerSpec spec) {
    if (spec.quantization().format() == WeightFormat.INT8
        && Math.max(spec.input(), Math.max(spec.hidden(), spec.output())) > MAX_BYTE_COLUMNS) {
      return Optional.of("sums of more than %d bytes may overflow".formatted(MAX_BYTE_COLUMNS));
    }
    return known(spec.cell()).isPresent() || spec.isAffine()
        ? Optional.empty()
        : Optional.of("libkioku has no kernel for its equations");
  }

  @Override
  public boolean isQuantizing() {
    return true;
  }

  @Override
  public Optional<String> unavailable() {
    return blas.unavailable();
  }

  @Override
  public Optional<String> drawback(LayerSpec spec) {
    if (spec.isAffine()) {
      return Optional.of("an affine layer is one matrix product, which is OpenBLAS's");
    }
    return Kernels.get().isa() == Isa.SCALAR && !spec.quantization().isReduced()
        ? Optional.of("without AVX2 libkioku's products are slower than OpenBLAS's")
        : Optional.empty();
  }

  @Override
  public PackedLayer pack(LayerSpec spec, Parameters parameters, int threads, Arena arena) {
    if (spec.isAffine()) {
      return blas.pack(spec, parameters, threads, arena);
    }
    KnownCell<FusedCell> cell =
        known(spec.cell())
            .orElseThrow(() ->
                new IllegalArgumentException("libkioku has no kernel for the cell " + spec.cell()));
    return new FusedLayer(Kernels.get(), spec, cell, parameters, threads, arena);
  }

  /// The kernels show no gates: what is traced is computed by [BlasBackend], or, where that would
  /// give other numbers, watched by it.
  @Override
  public PackedLayer packTraced(LayerSpec spec, Parameters parameters, int threads, Arena arena) {
    if (!spec.quantization().isReduced()) {
      return blas.packTraced(spec, parameters, threads, arena);
    }
    PackedLayer watcher = blas.packTraced(spec.in(Quantization.NONE), parameters, threads, arena);
    return new WatchedLayer(spec, pack(spec, parameters, threads, arena), watcher);
  }

  @Override
  public Optional<JointRunner> join(List<LayerRunner> runners, boolean isChain, Arena arena) {
    List<FusedRunner> fused = new ArrayList<>();
    for (LayerRunner runner : runners) {
      if (!(runner instanceof FusedRunner one)) {
        return Optional.empty(); // an affine layer
      }
      fused.add(one);
    }
    return Optional.of(new FusedJoint(Kernels.get(), fused, isChain, arena));
  }

  /// How many of some threads would share a call.
  public static int threads(LayerSpec spec, int batch, int steps, int most) {
    return known(spec.cell())
        .map(cell -> FusedRunner.threads(FusedLayer.stepProducts(spec, cell), batch, steps, most))
        .orElse(1);
  }

  private static Optional<KnownCell<FusedCell>> known(Cell cell) {
    return KnownCell.find(cell, KNOWN);
  }
}
