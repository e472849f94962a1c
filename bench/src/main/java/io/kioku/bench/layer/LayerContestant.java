package io.kioku.bench.layer;

/// One way to compute a layer. A call begins at a zero state; of a layer of one step, at the state
/// that the call before left.
interface LayerContestant extends AutoCloseable {
  /// One call: T steps of N streams.
  void run();

  /// The output of the last call, (T, N, H).
  float[] output();

  /// Someone with the same weights, not copied, for another thread; it is closed before this one.
  ///
  /// @throws UnsupportedOperationException if there is no such thing
  LayerContestant another();

  /// Microseconds a call, over as many calls as `nanos` needs.
  default double micros(long nanos) {
    long start = System.nanoTime();
    long spent;
    int calls = 0;
    do {
      run();
      calls++;
      spent = System.nanoTime() - start;
    } while (spent < nanos);
    return spent / 1e3 / calls;
  }

  @Override
  void close();
}
