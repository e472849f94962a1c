package io.kioku.internal.backend;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/// One way to compute recurrent layers. Backends answer one question: run T steps of one layer in
/// one direction, from a state to a state. Stacking, directions and sequence lengths are made of
/// that by [NetworkRunner].
public interface LayerBackend {
  /// As users write it: `reference`, `onednn`, `libkioku`.
  String name();

  /// Why this backend cannot run the layer; empty if it can.
  Optional<String> refusal(LayerSpec spec);

  /// Whether this backend computes in other formats than float32.
  default boolean isQuantizing() {
    return false;
  }

  /// Why this backend cannot be used on this machine, after an attempt to load what it needs; empty
  /// if it can.
  default Optional<String> unavailable() {
    return Optional.empty();
  }

  /// Why a planner should avoid this backend for the layer, though it can run it; empty if there is
  /// nothing against it.
  default Optional<String> drawback(LayerSpec spec) {
    return Optional.empty();
  }

  /// Whether runners of this backend, tracing ones included, take every [LayerCall]: rows with
  /// lengths, masks, clocks and addresses of their own, in both directions of time. A backend that
  /// does not gets plain calls only, in which all clocks agree; [NetworkRunner] makes those by
  /// sorting and copying.
  default boolean takesAnyRows() {
    return false;
  }

  /// Why a planner should avoid this backend for sequences of different lengths, whose batch
  /// shrinks from step to step; empty if there is nothing against it.
  default Optional<String> raggedDrawback() {
    return Optional.empty();
  }

  /// The batch from which on this backend is faster for a layer than those that a planner has
  /// behind it, as measured; [Integer#MAX_VALUE] if it never is.
  ///
  /// @param isStep whether a call has one step, rather than some
  default int fastestFrom(LayerSpec spec, boolean isStep) {
    return 1;
  }

  /// Packs a layer's parameters once, in the layout that this backend reads. The result is
  /// immutable, shared by all sessions, and lives as long as the arena.
  ///
  /// @param threads native threads of one call
  PackedLayer pack(LayerSpec spec, Parameters parameters, int threads, Arena arena);

  /// The same with runners that also write every named value of the equations to the call's trace,
  /// in a [TraceLayout].
  PackedLayer packTraced(LayerSpec spec, Parameters parameters, int threads, Arena arena);

  /// What runs layers of this backend at the same time; empty if they only run one by one.
  ///
  /// @param runners made by layers that this backend packed; at least two, all of one session
  /// @param isChain whether each reads what the one before it writes; else all read the same
  /// @param arena the session's
  default Optional<JointRunner> join(List<LayerRunner> runners, boolean isChain, Arena arena) {
    return Optional.empty();
  }
}
