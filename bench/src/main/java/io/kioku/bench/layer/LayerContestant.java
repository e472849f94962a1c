package io.kioku.bench.layer;

/// One way to compute a layer. A call is T steps of N streams; it begins at a zero state, of a
/// layer of one step at the state that the call before left.
interface LayerContestant extends Timed {
  /// The output of the last call, (T, N, H).
  float[] output();

  /// Someone with the same weights, not copied, for another thread; it is closed before this one.
  ///
  /// @throws UnsupportedOperationException if there is no such thing
  LayerContestant another();
}
