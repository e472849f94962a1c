package io.kioku.bench.layer;

/// Something that is called over and over and timed.
interface Timed extends AutoCloseable {
  /// One call.
  void run();

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
