package io.kioku.internal.backend;

import java.lang.foreign.Arena;

/// A layer packed for one backend; thread-safe.
public interface PackedLayer extends AutoCloseable {
  /// What one session needs to run the layer.
  ///
  /// @param arena the session's; what the runner keeps between calls lives there
  /// @param workspace memory that all runners of a session share, undefined between calls
  LayerRunner newRunner(Arena arena, Buffer workspace);

  /// Frees native objects that no arena owns. May be called twice.
  @Override
  default void close() {}
}
