package io.kioku.bench.layer;

import io.kioku.Precision;
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

/// Latency of a call: T × N × H × cell × precision; I = H. A step of a stream is T = 1, N = 1.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class LayerBenchmark {
  /// LSTM, GRU or RNN.
  @Param({"LSTM", "GRU", "RNN"})
  public String cell;

  /// H, and I.
  @Param({"64", "256"})
  public int hidden;

  /// T.
  @Param({"1", "50"})
  public int steps;

  /// N.
  @Param({"1", "8"})
  public int batch;

  /// Who computes, and in what; the others compute in float32.
  @Param({
    "kioku F32",
    "kioku BF16",
    "kioku INT8",
    "onnxruntime F32",
    "onnxruntime INT8",
    "pytorch F32"
  })
  public String contestant;

  private LayerContestant runner;

  /// Opens the contestant and proves that it computes what ONNX Runtime does.
  @Setup(Level.Trial)
  public void open() {
    Layer layer = Layer.of(new Shape(cell, steps, batch, hidden, hidden));
    Precision precision = Precision.valueOf(contestant.substring(contestant.indexOf(' ') + 1));
    boolean isReduced = precision != Precision.F32;
    if (contestant.startsWith("onnxruntime") && isReduced && !cell.equals("LSTM")) {
      throw new IllegalStateException("ONNX Runtime quantizes LSTM only: leave this out");
    }
    runner =
        contestant.startsWith("kioku")
            ? new KiokuLayer(layer, precision, null, 1)
            : contestant.startsWith("pytorch")
                ? new TorchLayer(layer)
                : new RuntimeLayer(layer, isReduced, 1);
    try (RuntimeLayer judge = new RuntimeLayer(layer, false, 1)) {
      Contest.check(judge, runner, precision, contestant + " " + layer.shape());
    }
  }

  /// Closes the contestant.
  @TearDown(Level.Trial)
  public void close() {
    runner.close();
  }

  /// One call.
  @Benchmark
  public void call() {
    runner.run();
  }
}
