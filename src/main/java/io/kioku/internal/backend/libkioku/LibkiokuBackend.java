package io.kioku.internal.backend.libkioku;

import io.kioku.internal.backend.JointRunner;
import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.backend.LayerRunner;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.PackedLayer;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.LayerStructs;
import io.kioku.internal.ffi.WeightFormat;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// libkioku: products of packed weights, behind each block of units what its sums become, and the
/// loop over time around both, in one native call. Every cell, in every precision.
public final class LibkiokuBackend implements LayerBackend {
  /// Beyond this, sums of bytes could overflow.
  private static final int MAX_BYTE_COLUMNS = 1 << 16;

  /// Units of a block for plans that are only looked at: the narrowest, which needs the most
  /// blocks.
  private static final int NARROWEST = 1;

  @Override
  public String name() {
    return "libkioku";
  }

  @Override
  public Optional<String> refusal(LayerSpec spec) {
    if (spec.quantization().format() == WeightFormat.INT8
        && Math.max(spec.input(), Math.max(spec.hidden(), spec.output())) > MAX_BYTE_COLUMNS) {
      return Optional.of("sums of more than %d bytes may overflow".formatted(MAX_BYTE_COLUMNS));
    }
    try {
      return tooManySlots(Lowering.lower(spec, NARROWEST));
    } catch (ArithmeticException e) {
      return Optional.of("its values need more columns than can be addressed");
    }
  }

  private static Optional<String> tooManySlots(LayerPlan plan) {
    int slots = plan.slots().size();
    return slots <= LayerStructs.MAX_SLOTS
        ? Optional.empty()
        : Optional.of(
            "its equations need %d slots, of which there are %d"
                .formatted(slots, LayerStructs.MAX_SLOTS));
  }

  @Override
  public boolean isQuantizing() {
    return true;
  }

  @Override
  public boolean takesAnyRows() {
    return true;
  }

  @Override
  public Optional<String> unavailable() {
    try {
      Kernels.get();
      return Optional.empty();
    } catch (IllegalStateException e) {
      return Optional.of(e.getMessage());
    }
  }

  @Override
  public PackedLayer pack(LayerSpec spec, Parameters parameters, int threads, Arena arena) {
    int width = Kernels.get().width();
    return packed(spec, Lowering.lower(spec, width), parameters, threads, arena);
  }

  @Override
  public PackedLayer packTraced(LayerSpec spec, Parameters parameters, int threads, Arena arena) {
    int width = Kernels.get().width();
    return packed(spec, Lowering.lowerTraced(spec, width), parameters, threads, arena);
  }

  private static PackedLayer packed(
      LayerSpec spec, LayerPlan plan, Parameters parameters, int threads, Arena arena) {
    // Beyond what refusal() saw of it, a plan that traces needs slots for what it shows.
    Optional<String> problem = tooManySlots(plan);
    if (problem.isPresent()) {
      throw new IllegalArgumentException("cell " + spec.cell() + ": " + problem.get());
    }
    Kernels kernels = Kernels.get();
    NativeLayer layer = new NativeLayer(spec, plan, parameters, kernels.width(), arena);
    return new LibkiokuLayer(kernels, layer, threads);
  }

  @Override
  public Optional<JointRunner> join(List<LayerRunner> runners, boolean isChain, Arena arena) {
    List<LibkiokuRunner> own = new ArrayList<>();
    runners.forEach(runner -> own.add((LibkiokuRunner) runner));
    return Optional.of(new ConcurrentLayers(Kernels.get(), own, isChain, arena));
  }

  /// How many of some threads would share a call.
  public static int threads(LayerSpec spec, int batch, int steps, int most) {
    LayerPlan plan = Lowering.lower(spec, NARROWEST);
    return LibkiokuRunner.threads(plan.stepProducts(), batch, steps, most);
  }
}
