package io.kioku;

import io.kioku.internal.backend.DirectedLayer;
import io.kioku.internal.backend.LayerBackend;
import io.kioku.internal.backend.LayerSpec;
import io.kioku.internal.backend.PackedNetwork;
import io.kioku.internal.backend.Parameters;
import io.kioku.internal.backend.Quantization;
import io.kioku.internal.backend.Tuner;
import io.kioku.internal.backend.libkioku.LibkiokuBackend;
import io.kioku.internal.backend.onednn.OnednnBackend;
import io.kioku.internal.backend.reference.ReferenceBackend;
import io.kioku.internal.ffi.Kernels;
import io.kioku.internal.ffi.Onednn;
import io.kioku.internal.ffi.WeightFormat;
import io.kioku.internal.lifetime.Lifetime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;

/// The way into Kioku: turns networks and weights into models.
///
///     try (Engine engine = Engine.open();
///         Model model = engine.compile(Network.of(Cells.LSTM, 64, 256), weights);
///         Session session = model.newSession(1)) {
///       session.run(x, y);
///     }
///
/// An engine may be shared by all threads. It costs little; most programs open one. Closing it closes its models for
/// further use; their memory is freed when their last session is closed.
public final class Engine implements AutoCloseable {
  private final List<LayerBackend> backends;
  private final int threads;
  private final boolean isTuning;
  private final Lifetime lifetime = new Lifetime("engine", () -> {});

  private Engine(List<LayerBackend> backends, Builder options) {
    this.backends = backends;
    this.threads = options.threads;
    this.isTuning = options.isTuning;
  }

  /// An engine that chooses a backend for each layer and call.
  ///
  /// @throws IllegalStateException if the native libraries cannot be loaded; the message lists the
  ///   places tried
  public static Engine open() {
    return builder().open();
  }

  /// An engine that computes with one backend only.
  ///
  /// @throws IllegalStateException if the backend's native libraries cannot be loaded
  public static Engine open(Backend backend) {
    return builder().backend(backend).open();
  }

  /// An engine with options.
  public static Builder builder() {
    return new Builder();
  }

  /// Packs a network's weights for native code. The model keeps its own copy.
  ///
  /// @throws IllegalArgumentException if a tensor is missing, misshapen or none of the network's,
  ///   or if no backend of this engine runs the cell
  /// @throws IllegalStateException if the engine is closed
  public Model compile(Network network, Weights weights) {
    return compile(network, weights, Precision.F32);
  }

  /// Packs a network's weights for native code in a precision. The model keeps its own copy.
  ///
  /// @throws IllegalArgumentException if a tensor is missing, misshapen or none of the network's,
  ///   or if no backend of this engine runs the cell in this precision
  /// @throws IllegalStateException if the engine is closed
  public Model compile(Network network, Weights weights, Precision precision) {
    Objects.requireNonNull(precision, "precision");
    return compile(network, weights, index -> Quantization.of(precision.format()));
  }

  /// Packs a network's weights in [Precision#INT8], with scales of `x` and `h` from examples.
  ///
  /// @throws IllegalArgumentException as above, or if the calibration is of another network
  /// @throws IllegalStateException if the engine is closed
  public Model compile(Network network, Weights weights, Calibration calibration) {
    Objects.requireNonNull(network, "network");
    calibration.checkFits(network);
    return compile(
        network,
        weights,
        index ->
            new Quantization(
                WeightFormat.INT8, calibration.inputScale(index), calibration.stateScale(index)));
  }

  /// @param quantizations by layer and direction
  private Model compile(Network network, Weights weights, IntFunction<Quantization> quantizations) {
    lifetime.checkOpen();
    Objects.requireNonNull(network, "network");
    Objects.requireNonNull(weights, "weights");
    List<DirectedLayer> layers = new ArrayList<>();
    for (int layer = 0; layer < network.layers(); layer++) {
      for (int direction = 0; direction < network.layer(layer).directions(); direction++) {
        LayerSpec spec = network.spec(layer, direction).in(quantizations.apply(layers.size()));
        layers.add(new DirectedLayer(spec, layer, network.layer(layer).isBackward(direction)));
      }
    }
    List<Parameters> parameters = ParameterReader.read(network, weights);
    if (isTuning) {
      tune(layers, parameters);
    }
    return new Model(network, new PackedNetwork(layers, parameters, backends, threads), lifetime);
  }

  private void tune(List<DirectedLayer> layers, List<Parameters> parameters) {
    for (int i = 0; i < layers.size(); i++) {
      try {
        Tuner.tune(layers.get(i).spec(), parameters.get(i), backends);
      } catch (IOException e) {
        throw new UncheckedIOException("what was measured cannot be kept", e);
      }
    }
  }

  /// Ends the use of this engine and its models. May be called twice.
  @Override
  public void close() {
    lifetime.close();
  }

  /// The options of an engine, each with a default that is right for a service whose own threads
  /// call.
  public static final class Builder {
    /// Beyond some thousands OpenMP ends the process.
    private static final int MAX_THREADS = 1_024;

    private Backend backend;
    private int threads = 1;
    private boolean isTuning;

    private Builder() {}

    /// Compute with this backend only; by default the engine chooses.
    public Builder backend(Backend only) {
      backend = Objects.requireNonNull(only, "backend");
      return this;
    }

    /// Native threads that may share one call; 1 by default, so that the application's own threads
    /// scale. More than the machine has processors count as that many. oneDNN uses as many at each
    /// call; libkioku's kernels split the units of a layer, or run both directions or several
    /// layers at the same time, where the call is long enough, some 100 µs, and give the same
    /// numbers whatever the threads.
    ///
    /// @throws IllegalArgumentException if the count is below 1 or above 1,024
    public Builder threads(int count) {
      Checks.positive("threads", count);
      if (count > MAX_THREADS) {
        throw new IllegalArgumentException(
            "threads is %d, expected at most %d".formatted(count, MAX_THREADS));
      }
      threads = Math.min(count, Runtime.getRuntime().availableProcessors());
      return this;
    }

    /// Measure on this machine which backend is the fastest for each layer that is compiled, at
    /// batches from 1 to 64, and keep that in the user's cache: later engines use it too, tuned or
    /// not. A layer is measured once, for some seconds if it is large. By default the rules of
    /// docs/performance.md decide.
    public Builder tune() {
      isTuning = true;
      return this;
    }

    /// The engine.
    ///
    /// @throws IllegalStateException if the native libraries cannot be loaded; the message lists
    ///   the places tried
    public Engine open() {
      if (backend == null) {
        Kernels.get();
        return new Engine(List.of(new OnednnBackend(), new LibkiokuBackend()), this);
      }
      return switch (backend) {
        case REFERENCE -> new Engine(List.of(new ReferenceBackend()), this);
        case ONEDNN -> {
          Onednn.get();
          yield new Engine(List.of(new OnednnBackend()), this);
        }
        case LIBKIOKU -> {
          Kernels.get();
          yield new Engine(List.of(new LibkiokuBackend()), this);
        }
      };
    }
  }
}
