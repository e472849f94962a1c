package io.kioku.bench.layer;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

/// Calls a second of Java threads that share one model, each with its own session or buffers. JMH's
/// option `-t` sets other numbers of threads.
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class SharedModelBenchmark extends LayerState {
  @Override
  Shape shape() {
    return new Shape("LSTM", 20, 1, 256, 256);
  }

  /// What a thread has of its own.
  @State(Scope.Thread)
  public static class Caller {
    private LayerContestant runner;

    /// Opens it.
    @Setup(Level.Trial)
    public void open(SharedModelBenchmark shared) {
      runner = shared.runner().another();
    }

    /// Closes it.
    @TearDown(Level.Trial)
    public void close() {
      if (runner != null) {
        runner.close();
      }
    }
  }

  /// A call of the only thread.
  @Benchmark
  @Threads(1)
  public void one(Caller caller) {
    caller.runner.run();
  }

  /// A call of one of two threads.
  @Benchmark
  @Threads(2)
  public void two(Caller caller) {
    caller.runner.run();
  }

  /// A call of one of four threads.
  @Benchmark
  @Threads(4)
  public void four(Caller caller) {
    caller.runner.run();
  }

  /// A call of one of as many threads as the machine has processors.
  @Benchmark
  @Threads(Threads.MAX)
  public void all(Caller caller) {
    caller.runner.run();
  }
}
