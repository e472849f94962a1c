package io.kioku.bench.layer;

import io.kioku.Backend;
import io.kioku.Engine;
import io.kioku.Model;
import io.kioku.Network;
import io.kioku.Precision;
import io.kioku.Session;
import io.kioku.Weights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Kioku with native memory, in which it computes in place.
final class KiokuLayer implements LayerContestant {
  private final Arena arena = Arena.ofShared();
  private final Layer layer;
  private final Model model;
  private final Runnable closeModel;
  private final Session session;
  private final MemorySegment x;
  private final MemorySegment y;

  private KiokuLayer(Layer layer, Model model, Runnable closeModel) {
    Shape shape = layer.shape();
    this.layer = layer;
    this.model = model;
    this.closeModel = closeModel;
    session = model.newSession(shape.batch());
    x = arena.allocate(Float.BYTES * (long) layer.x().length, 64);
    y = arena.allocate(Float.BYTES * shape.outputs(), 64);
    MemorySegment.copy(layer.x(), 0, x, ValueLayout.JAVA_FLOAT, 0, layer.x().length);
  }

  /// @param backend null: the engine chooses
  static KiokuLayer open(Layer layer, Precision precision, Backend backend, int threads) {
    Engine.Builder options = Engine.builder().threads(threads);
    Engine engine = (backend == null ? options : options.backend(backend)).open();
    Model model = compile(engine, layer, precision);
    return new KiokuLayer(
        layer,
        model,
        () -> {
          model.close();
          engine.close();
        });
  }

  private static Model compile(Engine engine, Layer layer, Precision precision) {
    Shape shape = layer.shape();
    int rows = shape.gates() * shape.hidden();
    Weights weights =
        Weights.none()
            .with("weight_ih_l0", layer.inputWeights(), rows, shape.input())
            .with("weight_hh_l0", layer.recurrentWeights(), rows, shape.hidden())
            .with("bias_ih_l0", layer.inputBias(), rows)
            .with("bias_hh_l0", layer.recurrentBias(), rows);
    return engine.compile(
        Network.of(shape.equations(), shape.input(), shape.hidden()), weights, precision);
  }

  @Override
  public void run() {
    if (!layer.shape().isStep()) {
      session.state().clear();
    }
    session.run(x, y);
  }

  @Override
  public float[] output() {
    return y.toArray(ValueLayout.JAVA_FLOAT);
  }

  @Override
  public LayerContestant another() {
    return new KiokuLayer(layer, model, () -> {});
  }

  @Override
  public void close() {
    session.close();
    closeModel.run();
    arena.close();
  }
}
