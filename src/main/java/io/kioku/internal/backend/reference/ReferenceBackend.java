package io.kioku.internal.backend.reference;

import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.PackedLayer;
import io.kioku.internal.backend.Parameters;
import java.lang.foreign.Arena;
import java.util.Optional;

/// The oracle: interprets a cell's equations in double, in plain Java. Runs every cell and needs no
/// native library.
public final class ReferenceBackend implements LayerBackend {
  @Override
  public String name() {
    return "reference";
  }

  @Override
  public Optional<String> refusal(LayerSpec spec) {
    return Optional.empty();
  }

  @Override
  public boolean takesAnyRows() {
    return true;
  }

  @Override
  public PackedLayer pack(LayerSpec spec, Parameters parameters, int threads, Arena arena) {
    ReferenceLayer layer = new ReferenceLayer(spec, parameters, false);
    return (sessionArena, workspace) -> layer.newRunner();
  }

  @Override
  public PackedLayer packTraced(LayerSpec spec, Parameters parameters, int threads, Arena arena) {
    ReferenceLayer layer = new ReferenceLayer(spec, parameters, true);
    return (sessionArena, workspace) -> layer.newRunner();
  }
}
