package io.kioku.bench;

import java.nio.file.Path;
import java.util.SplittableRandom;
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

/// A chunk of Silero VAD v5 at 16 kHz: 512 new samples of each of N streams, one thread.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class SileroBenchmark {
  /// Samples a second.
  static final int RATE = 16_000;

  /// 64 samples of the chunk before and 512 new ones.
  static final int SAMPLES = 576;

  private static final int CHUNKS = 50;
  private static final double TOLERANCE = 1e-4;

  /// Who computes.
  @Param({"kioku", "onnxruntime"})
  public String contestant;

  /// N, the streams of a batch.
  @Param({"1", "64"})
  public int batch;

  private final float[][] audio = new float[CHUNKS][];
  private Contestant runner;
  private int next;

  /// Opens the contestants, and proves that both compute the same, before anything is timed.
  @Setup(Level.Trial)
  public void open() {
    Path model = Path.of(System.getProperty("kioku.bench.silero"));
    SplittableRandom random = new SplittableRandom(1);
    for (int c = 0; c < CHUNKS; c++) {
      audio[c] = new float[batch * SAMPLES];
      for (int i = 0; i < audio[c].length; i++) { // a voice-like hum whose loudness comes and goes
        double t = (c * 512.0 + i % SAMPLES) / RATE + 0.1 * (i / SAMPLES);
        double hum = 0;
        for (int k = 1; k < 12; k++) {
          hum += Math.sin(2 * Math.PI * 140 * k * t) / k;
        }
        audio[c][i] =
            (float) (0.1 * hum * Math.max(0, Math.sin(5 * t)) + 0.005 * random.nextGaussian());
      }
    }
    runner = open(contestant, model);
    try (Contestant other = open(contestant.equals("kioku") ? "onnxruntime" : "kioku", model)) {
      for (float[] x : audio) {
        runner.chunk(x);
        other.chunk(x);
        float[] a = runner.probabilities();
        float[] b = other.probabilities();
        for (int n = 0; n < batch; n++) {
          if (!(Math.abs(a[n] - b[n]) <= TOLERANCE)) {
            throw new IllegalStateException(
                "the contestants differ: %g and %g".formatted(a[n], b[n]));
          }
        }
      }
    }
  }

  private Contestant open(String name, Path model) {
    return name.equals("kioku") ? new KiokuSilero(model, batch) : new RuntimeSilero(model, batch);
  }

  /// Closes the contestant.
  @TearDown(Level.Trial)
  public void close() {
    runner.close();
  }

  /// One chunk.
  @Benchmark
  public float chunk() {
    next = next + 1 == CHUNKS ? 0 : next + 1;
    return runner.chunk(audio[next]);
  }
}
