package io.kioku.internal.backend;

/// Runs several layers of one session at the same time, on native threads of their own: both
/// directions of a layer, or layers on top of each other, as a wave over layers and time.
public interface JointRunner {
  /// Whether calls of this size are faster than one layer after the other, each on all threads.
  boolean suits(int steps, int batch);

  /// Whether its calls may be other than plain, as [LayerBackend#takesAnyRows].
  default boolean takesAnyRows() {
    return false;
  }

  /// Runs a call of each layer, from its state to its state.
  ///
  /// @param calls the first of them are the layers', all with the same steps and batch
  void run(LayerCall[] calls);
}
