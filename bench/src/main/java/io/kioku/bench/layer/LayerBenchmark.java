package io.kioku.bench.layer;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;

/// Latency of a call: T × N × H × cell × precision; I = H.
@BenchmarkMode(Mode.AverageTime)
public class LayerBenchmark extends LayerState {
  /// LSTM, GRU or RNN.
  @Param({"LSTM", "GRU", "RNN"})
  public String cell;

  /// H, and I.
  @Param({"64", "256"})
  public int hidden;

  /// T.
  @Param({"20", "50"})
  public int steps;

  /// N.
  @Param({"1", "8", "32"})
  public int batch;

  @Override
  Shape shape() {
    return new Shape(cell, steps, batch, hidden, hidden);
  }

  /// One call from a zero state.
  @Benchmark
  public void call() {
    runner().run();
  }
}
