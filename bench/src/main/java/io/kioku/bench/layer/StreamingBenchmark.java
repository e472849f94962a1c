package io.kioku.bench.layer;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;

/// One step of a few streams whose states go on, as a mean and by percentiles; I = H.
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
public class StreamingBenchmark extends LayerState {
  /// LSTM, GRU or RNN.
  @Param({"LSTM", "GRU"})
  public String cell;

  /// H, and I.
  @Param({"64", "256", "1024"})
  public int hidden;

  /// N.
  @Param({"1", "4"})
  public int batch;

  @Override
  Shape shape() {
    return new Shape(cell, 1, batch, hidden, hidden);
  }

  /// One step.
  @Benchmark
  public void step() {
    runner().run();
  }
}
