package io.kioku.internal.backend;

import io.kioku.internal.ffi.Handles;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The layers of a network with their parameters, packed at once for the backends that compute
/// batches of common sizes, and for others when a call first needs one. Thread-safe.
///
/// Layers in one direction have one index: those of the lowest layer first, a layer's forward
/// direction before its backward one.
///
/// Parameters are not kept beside what was packed of them where that can give them back: a backend
/// that is needed later, or a trace, gets them from there.
public final class PackedNetwork implements AutoCloseable {
  /// Batches below this size are packed for beforehand. Larger ones may run on a backend that few
  /// callers need, and which would double the memory of all.
  private static final int LARGE_BATCH = 64;

  private final WeightArena arena = new WeightArena();
  private final int threads;
  private final List<DirectedLayer> layers;
  private final int[] firstIndex; // of each layer; behind the last, how many there are
  private final int[] stateOffsets; // by index
  private final int stateWidth;
  private final boolean hasSides;
  private final boolean hasScore;
  private final boolean isClocked;
  private final List<Planner> planners = new ArrayList<>();
  private final List<Parameters> parameters; // null where a packed layer gives them back
  private final List<Map<LayerBackend, PackedLayer>> packed = new ArrayList<>();
  private final List<Map<LayerBackend, PackedLayer>> traced = new ArrayList<>();
  private final Handles handles = new Handles();

  /// Packs.
  ///
  /// @param layers from the input up, one or two directions of each
  /// @param parameters one for each of them; an array of its own, so that they can be let go of
  /// @param backends what the planner may choose from
  public PackedNetwork(
      List<DirectedLayer> layers,
      List<Parameters> parameters,
      List<LayerBackend> backends,
      int threads) {
    this.threads = threads;
    this.layers = List.copyOf(layers);
    this.parameters = new ArrayList<>(parameters);
    this.firstIndex = new int[layers.getLast().layer() + 2];
    this.stateOffsets = new int[layers.size()];
    int width = 0;
    boolean sides = false;
    boolean score = false;
    boolean clocked = false;
    for (int i = 0; i < layers.size(); i++) {
      LayerSpec spec = layers.get(i).spec();
      planners.add(new Planner(spec, backends));
      packed.add(new HashMap<>());
      traced.add(new HashMap<>());
      firstIndex[layers.get(i).layer() + 1] = i + 1;
      stateOffsets[i] = width;
      width = Math.addExact(width, spec.stateWidth());
      sides |= spec.sideWidth() > 0;
      score |= spec.aboveOffset() > 0;
      clocked |= !spec.cell().periods().isEmpty();
    }
    this.stateWidth = width;
    this.hasSides = sides;
    this.hasScore = score;
    this.isClocked = clocked;
    try {
      packCommon();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void packCommon() {
    for (int index = 0; index < layers.size(); index++) {
      Set<LayerBackend> common = new LinkedHashSet<>();
      for (int batch = 1; batch < LARGE_BATCH; batch++) {
        common.add(planners.get(index).choose(1, batch, false));
        common.add(planners.get(index).choose(Integer.MAX_VALUE, batch, false));
        common.add(planners.get(index).choose(Integer.MAX_VALUE, batch, true));
      }
      for (LayerBackend backend : common) {
        layer(index, backend);
      }
      if (unpackable(index) != null) {
        parameters.set(index, null);
      }
    }
  }

  /// How many layers, whatever their directions.
  public int layers() {
    return firstIndex.length - 1;
  }

  /// How many layers in one direction.
  public int size() {
    return layers.size();
  }

  /// The index of a layer's first direction.
  public int firstIndex(int layer) {
    return firstIndex[layer];
  }

  /// The layer of an index.
  public int layer(int index) {
    return layers.get(index).layer();
  }

  /// 0, or 1 for the second direction of its layer.
  public int direction(int index) {
    return index - firstIndex[layer(index)];
  }

  /// 1, or 2 if a layer runs both ways.
  public int directions(int layer) {
    return firstIndex[layer + 1] - firstIndex[layer];
  }

  /// Whether it runs from the last step to the first.
  public boolean isBackward(int index) {
    return layers.get(index).isBackward();
  }

  /// Native threads of one call.
  int threads() {
    return threads;
  }

  /// What chooses the backend of a layer in one direction.
  public Planner planner(int index) {
    return planners.get(index);
  }

  /// What a layer in one direction computes.
  public LayerSpec spec(int index) {
    return layers.get(index).spec();
  }

  /// Floats of one step's input: the features, and the score if there is one.
  public int inputWidth() {
    return spec(0).input() + (hasScore ? 1 : 0);
  }

  /// Floats of one step's output of a layer: both directions side by side.
  public int width(int layer) {
    return Math.multiplyExact(directions(layer), spec(firstIndex[layer]).output());
  }

  /// Floats of one step's output of the last layer.
  public int outputWidth() {
    return width(layers() - 1);
  }

  /// Whether layers read something beside `x`.
  boolean hasSides() {
    return hasSides;
  }

  /// Whether a score is given with each step's input.
  boolean hasScore() {
    return hasScore;
  }

  /// Whether layers have modules with periods.
  boolean isClocked() {
    return isClocked;
  }

  /// Floats of one stream's state: every layer's and direction's, one after the other.
  public int stateWidth() {
    return stateWidth;
  }

  /// Where that of a layer in one direction begins.
  public int stateOffset(int index) {
    return stateOffsets[index];
  }

  /// Native memory of all that is packed so far, in bytes.
  public long bytes() {
    return arena.bytes();
  }

  /// A layer in one direction for a backend.
  public synchronized PackedLayer layer(int index, LayerBackend backend) {
    PackedLayer layer = packed.get(index).get(backend);
    return layer != null ? layer : pack(index, backend, false);
  }

  /// The same with runners that also write the values of the equations.
  public synchronized PackedLayer traced(int index, LayerBackend backend) {
    PackedLayer layer = traced.get(index).get(backend);
    return layer != null ? layer : pack(index, backend, true);
  }

  private PackedLayer pack(int index, LayerBackend backend, boolean isTraced) {
    LayerSpec spec = spec(index);
    PackedLayer layer =
        isTraced
            ? backend.packTraced(spec, parameters(index), threads, arena)
            : backend.pack(spec, parameters(index), threads, arena);
    handles.onClose(layer::close);
    (isTraced ? traced : packed).get(index).put(backend, layer);
    return layer;
  }

  private Parameters parameters(int index) {
    Parameters kept = parameters.get(index);
    return kept != null ? kept : unpackable(index).unpack();
  }

  /// A packed layer that can give the parameters back; null if there is none.
  private PackedLayer unpackable(int index) {
    for (PackedLayer layer : packed.get(index).values()) {
      if (layer.canUnpack()) {
        return layer;
      }
    }
    return null;
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
