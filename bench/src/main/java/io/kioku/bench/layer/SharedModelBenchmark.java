package io.kioku.bench.layer;

import io.kioku.Engine;
import io.kioku.Model;
import io.kioku.Precision;
import io.kioku.Session;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Throughput of Java threads that share one model, a session each; JMH's option `-t` sets how
/// many.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class SharedModelBenchmark {
  private static final Shape SHAPE = new Shape("LSTM", 20, 1, 256, 256);

  /// What Kioku computes in.
  @Param({"F32", "BF16", "INT8"})
  public Precision precision;

  private Layer layer;
  private Engine engine;
  private Model model;

  /// Packs the model.
  @Setup(Level.Trial)
  public void open() {
    layer = Layer.of(SHAPE);
    engine = Engine.open();
    model = KiokuLayer.compile(engine, layer, precision);
  }

  /// Closes it.
  @TearDown(Level.Trial)
  public void close() {
    model.close();
    engine.close();
  }

  /// A thread's own session.
  @State(Scope.Thread)
  public static class Caller {
    private Session session;
    private final float[] y = new float[SHAPE.steps() * SHAPE.hidden()];

    /// Opens it.
    @Setup(Level.Trial)
    public void open(SharedModelBenchmark shared) {
      session = shared.model.newSession(1);
    }

    /// Closes it.
    @TearDown(Level.Trial)
    public void close() {
      session.close();
    }
  }

  /// One call of one thread.
  @Benchmark
  public float[] call(Caller caller) {
    caller.session.run(layer.x(), caller.y);
    return caller.y;
  }
}
