package io.kioku.internal.backend;

import java.lang.foreign.Arena;
import java.util.Optional;

/// A layer packed for one backend; thread-safe.
public interface PackedLayer extends AutoCloseable {
  /// What one session needs to run the layer.
  ///
  /// @param arena the session's; what the runner keeps between calls lives there
  /// @param workspace memory that all runners of a session share, undefined between calls
  LayerRunner newRunner(Arena arena, Buffer workspace);

  /// The parameters that were packed, as exactly as this layer keeps them: packing them again gives
  /// the same layer. Empty if they cannot be had back; who needs them later must keep them then.
  default Optional<Parameters> unpack() {
    return Optional.empty();
  }

  /// Frees native objects that no arena owns. May be called twice.
  @Override
  default void close() {}
}
