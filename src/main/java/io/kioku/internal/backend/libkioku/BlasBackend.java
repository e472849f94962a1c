package io.kioku.internal.backend.libkioku;

import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.PackedLayer;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.LayerStructs;
import java.lang.foreign.Arena;
import java.util.Optional;

/// OpenBLAS for the matrix products, libkioku for all else: the time loop of a layer is one native
/// call.
public final class BlasBackend implements LayerBackend {
  @Override
  public String name() {
    return "blas";
  }

  @Override
  public Optional<String> refusal(LayerSpec spec) {
    try {
      return tooManySlots(Lowering.lower(spec));
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
    return packed(spec, Lowering.lower(spec), parameters, arena);
  }

  @Override
  public PackedLayer packTraced(LayerSpec spec, Parameters parameters, int threads, Arena arena) {
    return packed(spec, Lowering.lowerTraced(spec), parameters, arena);
  }

  private static PackedLayer packed(
      LayerSpec spec, LayerPlan plan, Parameters parameters, Arena arena) {
    // Beyond what refusal() saw of it, a plan that traces needs slots for what it shows.
    tooManySlots(plan)
        .ifPresent(problem -> {
          throw new IllegalArgumentException("cell " + spec.cell() + ": " + problem);
        });
    BlasLayer layer = new BlasLayer(plan, parameters, arena);
    Kernels kernels = Kernels.get();
    return (sessionArena, workspace) ->
        new BlasRunner(kernels, spec, layer, sessionArena, workspace);
  }
}
