package io.kioku.bench.layer;

import io.kioku.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/// All contestants at one shape: opened, compared, then timed in turn, so that what else the
/// machine does falls on all alike.
final class Contest implements AutoCloseable {
  /// Nanoseconds after which the JVM has compiled what runs.
  private static final long WARM_UP = 300_000_000;

  /// Nanoseconds after which a shape has no further round, if it had three.
  private static final long BUDGET = 60_000_000_000L;

  private static final int LEAST_ROUNDS = 3;

  /// Someone who is timed.
  private record Entry(Candidate candidate, LayerContestant runner, double difference) {}

  private final Shape shape;
  private final List<Entry> entries = new ArrayList<>();

  /// Those who run the shape, among them [Candidate#JUDGE].
  ///
  /// @throws IllegalStateException if outputs differ; the message names the shape and who
  Contest(Shape shape, List<Candidate> candidates, int threads) {
    this.shape = shape;
    Layer layer = Layer.of(shape);
    try (LayerContestant judge = Candidate.JUDGE.open(layer, threads)) {
      float[] expected = Agreement.output(shape, judge);
      for (Candidate candidate : candidates) {
        if (candidate.runs(shape)) {
          add(candidate, layer, expected, threads);
        }
      }
    } catch (RuntimeException e) {
      close();
      throw new IllegalStateException(shape + ": " + e.getMessage(), e);
    }
  }

  private void add(Candidate candidate, Layer layer, float[] expected, int threads) {
    LayerContestant runner;
    try {
      runner = candidate.open(layer, threads);
    } catch (UnsupportedOperationException e) {
      return; // needs instructions that this machine lacks
    }
    entries.add(new Entry(candidate, runner, Double.NaN)); // which close() must know already
    double off = Agreement.check(shape, expected, candidate, runner);
    entries.set(entries.size() - 1, new Entry(candidate, runner, off));
  }

  /// Times all, round after round. In its turn each first computes untimed: it is to find its own
  /// weights in the caches, not those of whoever was before it on this core; a process of its own
  /// may have been on another.
  ///
  /// @param nanos that each computes in a round, at least
  List<Result> run(Machine machine, int rounds, long nanos) {
    double[][] micros = new double[entries.size()][rounds];
    entries.forEach(entry -> entry.runner.micros(WARM_UP));
    long start = System.nanoTime();
    int done = 0;
    while (done < rounds && (done < LEAST_ROUNDS || System.nanoTime() - start < BUDGET)) {
      for (int e = 0; e < micros.length; e++) {
        LayerContestant runner = entries.get(e).runner;
        runner.micros(nanos / 4);
        micros[e][done] = runner.micros(nanos);
      }
      done++;
    }
    double[] medians = new double[micros.length];
    for (int e = 0; e < medians.length; e++) {
      Arrays.sort(micros[e], 0, done);
      medians[e] = micros[e][done / 2];
    }
    return results(machine, medians);
  }

  private List<Result> results(Machine machine, double[] medians) {
    List<Result> results = new ArrayList<>();
    for (int e = 0; e < medians.length; e++) {
      Candidate candidate = entries.get(e).candidate;
      Precision precision = candidate.precision();
      results.add(
          new Result(
              candidate,
              shape,
              medians[e],
              machine.bound(shape, precision),
              entries.get(e).difference,
              best(medians, peer -> peer.precision() == precision),
              best(medians, peer -> peer.precision() == Precision.F32)));
    }
    return results;
  }

  private double best(double[] medians, Predicate<Candidate> which) {
    double best = Double.NaN;
    for (int e = 0; e < medians.length; e++) {
      Candidate candidate = entries.get(e).candidate;
      if (candidate.isPeer() && which.test(candidate) && !(medians[e] >= best)) {
        best = medians[e];
      }
    }
    return best;
  }

  @Override
  public void close() {
    entries.forEach(entry -> entry.runner.close());
  }
}
