package io.kioku.bench.layer;

import java.util.ArrayList;
import java.util.List;

/// All contestants at one shape: opened, compared, then timed in turn.
final class Contest implements AutoCloseable {
  /// Someone who is timed.
  private record Entry(Candidate candidate, LayerContestant runner, double difference) {}

  private final Shape shape;
  private final List<Entry> entries = new ArrayList<>();

  /// Those who run the shape, compared with [Candidate#JUDGE].
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
    double off = Agreement.difference(expected, Agreement.output(shape, runner));
    entries.set(entries.size() - 1, new Entry(candidate, runner, off));
  }

  /// Times all.
  List<Measured> run(String group, Rounds rounds) {
    double[] medians = rounds.medians(entries.stream().map(Entry::runner).toList());
    List<Measured> all = new ArrayList<>();
    for (int e = 0; e < medians.length; e++) {
      Entry entry = entries.get(e);
      all.add(new Measured(group, entry.candidate, shape, medians[e], entry.difference));
    }
    return all;
  }

  @Override
  public void close() {
    entries.forEach(entry -> entry.runner.close());
  }
}
