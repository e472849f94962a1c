package io.kioku.bench.layer;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A contestant who has been compared with ONNX Runtime before anything is timed.
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public abstract class LayerState {
  /// Who computes, and in what. ONNX Runtime has LSTM only in int8; JMH goes on past what it lacks.
  @Param({
    "kioku f32",
    "kioku bf16",
    "kioku int8",
    "onnxruntime f32",
    "onnxruntime int8",
    "pytorch f32"
  })
  public String contestant;

  private LayerContestant runner;

  abstract Shape shape();

  final LayerContestant runner() {
    return runner;
  }

  /// Opens the contestant and proves that it computes what ONNX Runtime does.
  @Setup(Level.Trial)
  public void open() {
    runner = Agreement.open(Candidate.parse(contestant), Layer.of(shape()));
  }

  /// Closes the contestant.
  @TearDown(Level.Trial)
  public void close() {
    if (runner != null) {
      runner.close();
    }
  }
}
