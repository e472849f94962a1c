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
  private final boolean hasSides;
  private final boolean isClocked;
  private final List<Planner> planners = new ArrayList<>();
  private final List<Parameters> parameters;
  private final List<Map<LayerBackend, PackedLayer>> packed = new ArrayList<>();
  private final List<Map<LayerBackend, PackedLayer>> traced = new ArrayList<>();
  private final Handles handles = new Handles();

  /// @param layers the layers from the input up, each direction after the other
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
    this.parameters = List.copyOf(parameters);
    layers.forEach(layer -> planners.add(new Planner(layer, backends)));
    parameters.forEach(p -> packed.add(new HashMap<>()));
    parameters.forEach(p -> traced.add(new HashMap<>()));
    this.stateWidth = layers.stream().mapToInt(LayerSpec::stateWidth).reduce(0, Math::addExact);
    LayerSpec first = layers.getFirst();
    this.hasSides = first.sideWidth() > 0;
    this.isClocked = !first.cell().periods().isEmpty();
  }

  /// The layers from the input up.
  public int layers() {
    return planners.size() / directions;
  }

  /// 1, or 2 if layers run both ways.
  public int directions() {
    return directions;
  }

  /// Native threads of one call.
  int threads() {
    return threads;
  }

  /// What chooses the backend of a layer in one direction.
  public Planner planner(int index) {
    return planners.get(index);
  }

  /// Floats of one step's input: the features, and the score if there is one.
  public int inputWidth() {
    LayerSpec first = planners.getFirst().spec();
    return first.input() + first.aboveOffset();
  }

  /// Floats of one step's output of a layer: both directions side by side.
  public int width(int layer) {
    return Math.multiplyExact(directions, planners.get(layer * directions).spec().output());
  }

  /// Floats of one step's output of the last layer.
  public int outputWidth() {
    return width(layers() - 1);
  }

  /// Whether layers read something beside `x`.
  boolean hasSides() {
    return hasSides;
  }

  /// Whether layers have modules with periods.
  boolean isClocked() {
    return isClocked;
  }

  /// Floats of one stream's state: every layer's and direction's, one after the other.
  public int stateWidth() {
    return stateWidth;
  }

  /// A layer in one direction for a backend.
  public synchronized PackedLayer layer(int index, LayerBackend backend) {
    PackedLayer layer = packed.get(index).get(backend);
    return layer != null ? layer : pack(index, backend, backend::pack, packed);
  }

  /// The same with runners that also write the values of the equations.
  public synchronized PackedLayer traced(int index, LayerBackend backend) {
    PackedLayer layer = traced.get(index).get(backend);
    return layer != null ? layer : pack(index, backend, backend::packTraced, traced);
  }

  /// How a backend packs a layer.
  private interface Packer {
    PackedLayer pack(LayerSpec spec, Parameters parameters, int threads, Arena arena);
  }

  private PackedLayer pack(
      int index, LayerBackend backend, Packer packer, List<Map<LayerBackend, PackedLayer>> all) {
    PackedLayer layer =
        packer.pack(planners.get(index).spec(), parameters.get(index), threads, arena);
    handles.onClose(layer::close);
    all.get(index).put(backend, layer);
    return layer;
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
