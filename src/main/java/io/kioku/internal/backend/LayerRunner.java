package io.kioku.internal.backend;

/// Runs one layer for one session; one call at a time.
public interface LayerRunner extends AutoCloseable {
  /// Runs the call's steps from its state to its state.
  void run(LayerCall call);

  /// Frees native objects that no arena owns. May be called twice.
  @Override
  default void close() {}
}
