package io.kioku.internal.backend;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which layers of a session's network run at the same time: all of them as a wave, or both
/// directions of one.
final class Joints {
  private final PackedNetwork network;
  private final LayerRunners runners;
  private final Arena arena;
  private final int[] counts; // how many could run at once, from each on
  private final List<Map<LayerBackend, Optional<JointRunner>>> made = new ArrayList<>();

  /// @param arena the session's
  Joints(PackedNetwork network, LayerRunners runners, Arena arena) {
    this.network = network;
    this.runners = runners;
    this.arena = arena;
    this.counts = new int[network.size()];
    for (int i = network.size() - 1; i >= 0; i--) {
      made.add(new HashMap<>());
      counts[i] = counted(i);
    }
  }

  /// What runs a layer in one direction and those behind it at once; null if it is better run
  /// alone.
  ///
  /// @param isPlain whether calls are plain; if not, who runs them must take any rows
  JointRunner find(int index, int steps, int batch, boolean isPlain) {
    int count = count(index);
    if (network.threads() == 1 || count == 1) {
      return null;
    }
    LayerBackend backend = network.planner(index).choose(steps, batch, !isPlain);
    for (int i = index + 1; i < index + count; i++) {
      if (!network.planner(i).choose(steps, batch, !isPlain).equals(backend)) {
        return null;
      }
    }
    Map<LayerBackend, Optional<JointRunner>> known = made.get(index);
    Optional<JointRunner> joint = known.get(backend);
    if (joint == null) {
      joint = backend.join(members(index, count, backend), isChain(index), arena);
      known.put(backend, joint);
    }
    return joint.isPresent()
            && (isPlain || joint.get().takesAnyRows())
            && joint.get().suits(steps, batch)
        ? joint.get()
        : null;
  }

  /// Whether those at once are layers on top of each other, rather than both directions of one.
  boolean isChain(int index) {
    return network.directions(network.layer(index)) == 1;
  }

  /// How many could run at once from one on: what is left of a layer's directions, or all layers on
  /// top that run in the same direction only, so that each can follow the one below through time.
  int count(int index) {
    return counts[index];
  }

  private int counted(int index) {
    if (!isChain(index)) {
      return network.firstIndex(network.layer(index) + 1) - index;
    }
    boolean goesOn =
        index + 1 < network.size()
            && isChain(index + 1)
            && network.isBackward(index + 1) == network.isBackward(index);
    return goesOn ? counts[index + 1] + 1 : 1;
  }

  private List<LayerRunner> members(int index, int count, LayerBackend backend) {
    List<LayerRunner> members = new ArrayList<>();
    for (int i = index; i < index + count; i++) {
      members.add(runners.of(i, backend));
    }
    return members;
  }
}
