package io.kioku;

import io.kioku.internal.backend.PackedNetwork;
import io.kioku.internal.lifetime.Lifetime;

/// A network with its weights, packed for native code. Immutable and shared by all threads;
/// thousands of sessions and states can share one.
///
/// Weights are packed when the model is made, for the backends that compute batches of up to 63
/// streams. Where larger ones are computed faster by another, it packs at the first run of such a
/// size, and for a trace at the first that is traced.
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
    return packed.planner(packed.firstIndex(layer)).explain(steps, batch);
  }

  /// The native memory of the packed weights, in bytes; all sessions share it. It grows if a
  /// backend packs later. Weights of [Backend#REFERENCE], which lie on the Java heap, are not
  /// counted.
  ///
  /// @throws IllegalStateException if the model is closed
  public long bytes() {
    lifetime.checkOpen();
    return packed.bytes();
  }

  /// Ends the use of this model. Its memory is freed at once, or when its last session is closed.
  /// May be called twice.
  @Override
  public void close() {
    lifetime.close();
  }
}
