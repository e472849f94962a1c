package io.kioku;

import io.kioku.internal.backend.PackedNetwork;
import io.kioku.internal.lifetime.Lifetime;

/// A network with its weights, packed for native code. Immutable and shared by all threads;
/// thousands of sessions and states can share one.
///
/// Weights are packed for a backend when a call first needs it, so the first run of a new size may
/// take longer.
public final class Model implements AutoCloseable {
  private final Network network;
  private final PackedNetwork packed;
  private final Lifetime lifetime;

  Model(Network network, PackedNetwork packed, Lifetime engine) {
    this.network = network;
    this.packed = packed;
    this.lifetime = new Lifetime("model", engine, packed::close);
  }

  /// What the model computes.
  public Network network() {
    return network;
  }

  /// A session that runs a batch of streams from zero states.
  ///
  /// @param batch N, the streams that run side by side; at least 1
  /// @throws IllegalStateException if the model is closed
  public Session newSession(int batch) {
    Checks.positive("batch", batch);
    return new Session(network, packed, lifetime, batch);
  }

  /// A state of its own, all zero, that belongs to no session: where a stream waits for its turn.
  /// It needs no closing.
  ///
  /// @param batch the streams that it holds; at least 1
  /// @throws IllegalStateException if the model is closed
  public State newState(int batch) {
    Checks.positive("batch", batch);
    lifetime.checkOpen();
    return new State(network, batch);
  }

  /// Which backend runs a layer for calls of many steps of a batch of N, and why, in one line.
  ///
  /// @param layer from 0
  /// @param batch N, at least 1
  /// @throws IllegalStateException if the model is closed
  public String plan(int layer, int batch) {
    return plan(layer, batch, Integer.MAX_VALUE);
  }

  /// The same for calls of T steps.
  ///
  /// @param layer from 0
  /// @param batch N, at least 1
  /// @param steps T, at least 1
  /// @throws IllegalStateException if the model is closed
  public String plan(int layer, int batch, int steps) {
    Checks.index("layer", layer, network.layers());
    Checks.positive("batch", batch);
    Checks.positive("steps", steps);
    lifetime.checkOpen();
    return packed.planner(layer * network.directions()).explain(steps, batch, false);
  }

  /// Ends the use of this model. Its memory is freed at once, or when its last session is closed.
  /// May be called twice.
  @Override
  public void close() {
    lifetime.close();
  }
}
