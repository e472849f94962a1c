package io.kioku.bench.layer;

/// One way to compute a layer. A call begins at a zero state.
interface LayerContestant extends AutoCloseable {
  /// One call: T steps of N streams.
  void run();

  /// The output of the last call, (T, N, H).
  float[] output();

  @Override
  void close();
}
