package io.kioku.internal.backend;

import io.kioku.internal.ffi.Handles;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The runners of a session, made for a layer and backend when these are first chosen together.
final class LayerRunners implements AutoCloseable {
  private final PackedNetwork network;
  private final Arena arena;
  private final Buffer workspace;
  private final List<Made> plain = new ArrayList<>(); // by index
  private final List<Made> tracing = new ArrayList<>();
  private final Handles handles = new Handles();

  /// Those of a layer in one direction; the one that ran last is found at once.
  private static final class Made {
    private final Map<LayerBackend, LayerRunner> all = new HashMap<>();
    private LayerBackend lastBackend;
    private LayerRunner last;

    /// A backend's; null if it is not made yet.
    LayerRunner of(LayerBackend backend) {
      if (!backend.equals(lastBackend)) {
        last = all.get(backend);
        lastBackend = backend;
      }
      return last;
    }

    void add(LayerBackend backend, LayerRunner runner) {
      all.put(backend, runner);
      lastBackend = backend;
      last = runner;
    }
  }

  /// @param arena the session's
  LayerRunners(PackedNetwork network, Arena arena) {
    this.network = network;
    this.arena = arena;
    this.workspace = new Buffer(arena);
    for (int i = 0; i < network.size(); i++) {
      plain.add(new Made());
      tracing.add(new Made());
    }
  }

  /// What runs a layer in one direction on a backend.
  LayerRunner of(int index, LayerBackend backend) {
    LayerRunner runner = plain.get(index).of(backend);
    return runner != null ? runner : make(plain.get(index), backend, network.layer(index, backend));
  }

  /// The same with values of the equations.
  LayerRunner tracing(int index, LayerBackend backend) {
    LayerRunner runner = tracing.get(index).of(backend);
    return runner != null
        ? runner
        : make(tracing.get(index), backend, network.traced(index, backend));
  }

  private LayerRunner make(Made made, LayerBackend backend, PackedLayer layer) {
    LayerRunner runner = layer.newRunner(arena, workspace);
    handles.onClose(runner::close);
    made.add(backend, runner);
    return runner;
  }

  @Override
  public void close() {
    handles.close();
  }
}
