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
  private final Runners runners;
  private final Arena arena;
  private final List<Map<LayerBackend, Optional<JointRunner>>> made = new ArrayList<>();

  /// Finds a layer's runner for a backend.
  interface Runners {
    LayerRunner of(int index, LayerBackend backend);
  }

  /// @param arena the session's
  Joints(PackedNetwork network, Runners runners, Arena arena) {
    this.network = network;
    this.runners = runners;
    this.arena = arena;
    for (int i = 0; i < network.layers() * network.directions(); i++) {
      made.add(new HashMap<>());
    }
  }

  /// What runs a layer in one direction and those behind it at once; null if it is better run
  /// alone.
  JointRunner find(int index, int steps, int batch) {
    int count = count(index);
    if (network.threads() == 1 || count == 1) {
      return null;
    }
    LayerBackend backend = network.planner(index).choose(steps, batch, false);
    for (int i = index + 1; i < index + count; i++) {
      if (!network.planner(i).choose(steps, batch, false).equals(backend)) {
        return null;
      }
    }
    Map<LayerBackend, Optional<JointRunner>> known = made.get(index);
    Optional<JointRunner> joint = known.get(backend);
    if (joint == null) {
      joint = backend.join(members(index, count, backend), network.directions() == 1, arena);
      known.put(backend, joint);
    }
    return joint.isPresent() && joint.get().suits(steps, batch) ? joint.get() : null;
  }

  /// How many could run at once from one on: all layers that are left, or what is left of a layer's
  /// directions.
  int count(int index) {
    int directions = network.directions();
    return directions > 1 ? directions - index % directions : network.layers() - index;
  }

  private List<LayerRunner> members(int index, int count, LayerBackend backend) {
    List<LayerRunner> members = new ArrayList<>();
    for (int i = index; i < index + count; i++) {
      members.add(runners.of(i, backend));
    }
    return members;
  }
}
