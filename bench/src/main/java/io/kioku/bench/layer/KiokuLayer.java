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
  private final Engine engine;
  private final Model model;
  private final Session session;
  private final MemorySegment x;
  private final MemorySegment y;

  /// @param backend null: the engine chooses
  KiokuLayer(Layer layer, Precision precision, Backend backend, int threads) {
    Shape shape = layer.shape();
    Engine.Builder options = Engine.builder().threads(threads);
    engine = (backend == null ? options : options.backend(backend)).open();
    model = compile(engine, layer, precision);
    session = model.newSession(shape.batch());
    x = arena.allocateFrom(ValueLayout.JAVA_FLOAT, layer.x());
    y =
        arena.allocate(
            ValueLayout.JAVA_FLOAT, (long) shape.steps() * shape.batch() * shape.hidden());
  }

  static Model compile(Engine engine, Layer layer, Precision precision) {
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
    session.state().clear();
    session.run(x, y);
  }

  /// Goes on where the last call ended.
  void next() {
    session.run(x, y);
  }

  @Override
  public float[] output() {
    return y.toArray(ValueLayout.JAVA_FLOAT);
  }

  @Override
  public void close() {
    session.close();
    model.close();
    engine.close();
    arena.close();
  }
}
