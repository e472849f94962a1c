package io.kioku.nn;

import io.kioku.Session;

/// Runs a [Head].
///
/// Arrays are copied. May move between threads but serves one caller at a time; a second one gets
/// an [IllegalStateException]. Nothing is kept from call to call.
public final class HeadSession implements AutoCloseable {
  private final Guard guard;
  private final Session linear;
  private final int classes;

  HeadSession(Linear linear, Parts head, int batch) {
    this.guard = new Guard("head session", head);
    this.linear = guard.parts().add(linear.newSession(batch), Session::close);
    this.classes = linear.outputSize();
  }

  /// Each vector's probabilities.
  ///
  /// @param x (T, N, in)
  /// @param probabilities becomes (T, N, K), each row with a sum of 1
  /// @throws IllegalArgumentException if a size is wrong, or logits are not finite
  /// @throws IllegalStateException if the session, its head or engine is closed, or in use
  public void probabilities(float[] x, float[] probabilities) {
    guard.enter();
    try {
      linear.run(x, probabilities);
      for (int from = 0; from < probabilities.length; from += classes) {
        Softmax.probabilities(probabilities, from, classes);
      }
    } finally {
      guard.exit();
    }
  }

  /// The natural logarithms of each vector's probabilities, exact also where a probability would
  /// round to zero.
  ///
  /// @param x (T, N, in)
  /// @param logs becomes (T, N, K)
  /// @throws IllegalArgumentException if a size is wrong, or logits are not finite
  /// @throws IllegalStateException if the session, its head or engine is closed, or in use
  public void logProbabilities(float[] x, float[] logs) {
    guard.enter();
    try {
      linear.run(x, logs);
      for (int from = 0; from < logs.length; from += classes) {
        Softmax.logProbabilities(logs, from, classes);
      }
    } finally {
      guard.exit();
    }
  }

  /// Ends the use of this session and frees its memory. May be called twice.
  ///
  /// @throws IllegalStateException if the session is in use
  @Override
  public void close() {
    guard.close();
  }
}
