package io.kioku.internal.backend;

import io.kioku.internal.ffi.Handles;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The layers of a network with their parameters, packed for each backend when a call first needs
/// it. Thread-safe.
///
/// Layer and direction have one index: `layer * directions + direction`.
public final class PackedNetwork implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final int directions;
  private final int threads;
  private final int stateWidth;
  private final List<Planner> planners = new ArrayList<>();
  private final List<Parameters> parameters;
  private final List<Map<LayerBackend, PackedLayer>> packed = new ArrayList<>();
  private final Handles handles = new Handles();

  /// @param layers the layers from the input up, one for all directions
  /// @param parameters one for each layer and direction
  /// @param backends what the planner may choose from
  public PackedNetwork(
      List<LayerSpec> layers,
      int directions,
      List<Parameters> parameters,
      List<LayerBackend> backends,
      int threads) {
    this.directions = directions;
    this.threads = threads;
    this.parameters = new ArrayList<>(parameters);
    layers.forEach(layer -> planners.add(new Planner(layer, backends)));
    parameters.forEach(p -> packed.add(new HashMap<>()));
    this.stateWidth =
        layers.stream()
            .mapToInt(layer -> Math.multiplyExact(directions, layer.stateWidth()))
            .reduce(0, Math::addExact);
  }

  /// The layers from the input up.
  public int layers() {
    return planners.size();
  }

  /// 1, or 2 if layers run both ways.
  public int directions() {
    return directions;
  }

  /// What chooses a layer's backend.
  public Planner planner(int layer) {
    return planners.get(layer);
  }

  /// Features of the input.
  public int inputWidth() {
    return planners.getFirst().spec().input();
  }

  /// Floats of one step's output: H for each direction of the last layer.
  public int outputWidth() {
    return Math.multiplyExact(directions, planners.getLast().spec().hidden());
  }

  /// Floats of one stream's state: every layer's and direction's, one after the other.
  public int stateWidth() {
    return stateWidth;
  }

  /// A layer in one direction for a backend.
  public synchronized PackedLayer layer(int index, LayerBackend backend) {
    PackedLayer layer = pack(index, backend);
    if (packed.get(index).size() == planners.get(index / directions).choices()) {
      parameters.set(index, null); // every backend has its own copy now
    }
    return layer;
  }

  private PackedLayer pack(int index, LayerBackend backend) {
    return packed
        .get(index)
        .computeIfAbsent(
            backend,
            b -> {
              PackedLayer layer =
                  b.pack(
                      planners.get(index / directions).spec(),
                      parameters.get(index),
                      threads,
                      arena);
              handles.onClose(layer::close);
              return layer;
            });
  }

  /// Frees all memory; nothing may run any more. May be called twice.
  @Override
  public synchronized void close() {
    try {
      handles.close();
    } finally {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    }
  }
}
