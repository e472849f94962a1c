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
import java.util.function.Supplier;

/// Kioku with native memory, in which it computes in place.
final class KiokuLayer implements LayerContestant {
  private final Arena arena = Arena.ofShared();
  private final Model model;
  private final Runnable closeModel;
  private final Session session;
  private final float[] input;
  private final MemorySegment x;
  private final MemorySegment y;
  private final boolean isStep;
  private final int[] lengths;

  /// @param outputs floats of the output
  /// @param isStep whether the state is carried on from call to call
  /// @param lengths of each stream; null if all have T
  private KiokuLayer(
      Model model,
      Runnable closeModel,
      int batch,
      float[] input,
      long outputs,
      boolean isStep,
      int[] lengths) {
    this.model = model;
    this.closeModel = closeModel;
    this.input = input;
    this.isStep = isStep;
    this.lengths = lengths;
    session = model.newSession(batch);
    x = arena.allocate(Float.BYTES * (long) input.length, 64);
    y = arena.allocate(Float.BYTES * outputs, 64);
    MemorySegment.copy(input, 0, x, ValueLayout.JAVA_FLOAT, 0, input.length);
  }

  /// The layer that peers compute too.
  ///
  /// @param backend null: the engine chooses
  /// @throws IllegalArgumentException if the backend has no such cell in this precision
  static KiokuLayer open(Layer layer, Precision precision, Backend backend, int threads) {
    Shape shape = layer.shape();
    int rows = shape.gates() * shape.hidden();
    Weights weights =
        Weights.none()
            .with("weight_ih_l0", layer.inputWeights(), rows, shape.input())
            .with("weight_hh_l0", layer.recurrentWeights(), rows, shape.hidden())
            .with("bias_ih_l0", layer.inputBias(), rows)
            .with("bias_hh_l0", layer.recurrentBias(), rows);
    Network network = Network.of(shape.equations(), shape.input(), shape.hidden());
    Engine engine = engine(backend, threads);
    Model model = orClose(engine, () -> engine.compile(network, weights, precision));
    return new KiokuLayer(
        model,
        () -> close(model, engine),
        shape.batch(),
        layer.x(),
        shape.outputs(),
        shape.isStep(),
        null);
  }

  /// A layer of any cell.
  ///
  /// @param lengths of each stream; null if all have T
  static KiokuLayer open(
      CellLayer layer, Precision precision, Backend backend, int threads, int[] lengths) {
    Engine engine = engine(backend, threads);
    Model model =
        orClose(engine, () -> engine.compile(layer.network(), layer.weights(), precision));
    return new KiokuLayer(
        model,
        () -> close(model, engine),
        layer.batch(),
        layer.x(),
        layer.outputs(),
        layer.steps() == 1,
        lengths);
  }

  private static Engine engine(Backend backend, int threads) {
    Engine.Builder options = Engine.builder().threads(threads);
    return (backend == null ? options : options.backend(backend)).open();
  }

  private static Model orClose(Engine engine, Supplier<Model> model) {
    try {
      return model.get();
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  private static void close(Model model, Engine engine) {
    model.close();
    engine.close();
  }

  @Override
  public void run() {
    if (!isStep) {
      session.state().clear();
    }
    session.run(x, y, lengths);
  }

  @Override
  public float[] output() {
    return y.toArray(ValueLayout.JAVA_FLOAT);
  }

  @Override
  public LayerContestant another() {
    long outputs = y.byteSize() / Float.BYTES;
    return new KiokuLayer(
        model, () -> {}, session.state().batch(), input, outputs, isStep, lengths);
  }

  @Override
  public void close() {
    session.close();
    closeModel.run();
    arena.close();
  }
}
