package io.kioku.nn;

import io.kioku.Engine;
import io.kioku.Weights;

/// What stands at the end of a classifier: a linear layer whose outputs, the logits, soft-max turns
/// into probabilities of K classes.
///
///     try (Head head = Head.load(engine, weights.under("head."));
///         HeadSession session = head.newSession(8)) {
///       session.logProbabilities(h, logs);                // h (T, 8, in) -> logs (T, 8, K)
///     }
///
/// [Linear] gives the logits themselves. Shared by all threads; closing it ends its use, and frees
/// its memory when its last session is closed.
public final class Head implements AutoCloseable {
  private final Parts parts = new Parts("head");
  private final Linear linear;

  private Head(Linear linear) {
    this.linear = parts.add(linear, Linear::close);
  }

  /// The head of the tensors `weight` (K, in) and, if there is one, `bias` (K).
  ///
  /// @throws IllegalArgumentException if `weight` is missing or no matrix, `bias` is misshapen, or
  ///   there are other tensors
  /// @throws IllegalStateException if the engine is closed
  public static Head load(Engine engine, Weights weights) {
    return new Head(Linear.load(engine, weights));
  }

  /// Features of the input.
  public int inputSize() {
    return linear.inputSize();
  }

  /// K, the classes.
  public int classes() {
    return linear.outputSize();
  }

  /// A session for N vectors side by side.
  ///
  /// @param batch N, at least 1
  /// @throws IllegalStateException if this or its engine is closed
  public HeadSession newSession(int batch) {
    return new HeadSession(linear, parts, batch);
  }

  /// Ends the use of this head. May be called twice.
  @Override
  public void close() {
    parts.close();
  }
}
