package io.kioku.internal.backend;

import java.lang.foreign.Arena;

/// A layer packed for one backend; thread-safe.
public interface PackedLayer extends AutoCloseable {
  /// What one session needs to run the layer.
  ///
  /// @param arena the session's; what the runner keeps between calls lives there
  /// @param workspace memory that all runners of a session share, undefined between calls
  LayerRunner newRunner(Arena arena, Buffer workspace);

  /// Whether [#unpack] can give the parameters back, so that nobody need keep them.
  default boolean canUnpack() {
    return false;
  }

  /// The parameters that were packed, as exactly as this layer keeps them: packing them again gives
  /// the same layer.
  ///
  /// @throws UnsupportedOperationException if they cannot be had back
  default Parameters unpack() {
    throw new UnsupportedOperationException("this layer does not give its parameters back");
  }

  /// Frees native objects that no arena owns. May be called twice.
  @Override
  default void close() {}
}
