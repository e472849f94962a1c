package io.kioku.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// The book-keeping of a beam search for N sources at once; whoever runs the network asks it which
/// symbols to feed and how to move the rows. Row n · width + b belongs to beam b of source n.
final class BeamSearch {
  /// A parent that says: nothing goes on in this row.
  static final int NONE = -1;

  /// What was written so far, the last symbol first; beginnings are shared.
  private record Path(Path before, int symbol) {
    static List<Integer> symbols(Path last) {
      List<Integer> symbols = new ArrayList<>();
      for (Path path = last; path != null; path = path.before) {
        symbols.add(path.symbol);
      }
      return symbols.reversed();
    }
  }

  private record Candidate(double logProbability, int row, int symbol) {}

  private final Search search;
  private final int vocabulary;
  private final List<List<Hypothesis>> ended = new ArrayList<>();
  private final int[] alive; // beams of each source that go on
  private final int[] symbols;
  private final int[] parents;
  private final List<Candidate> best = new ArrayList<>(); // of one source
  private Path[] paths;
  private double[] logProbabilities;
  private int length;

  BeamSearch(Search search, int batch, int vocabulary) {
    this.search = search;
    this.vocabulary = vocabulary;
    int rows = batch * search.width();
    this.alive = new int[batch];
    this.symbols = new int[rows];
    this.parents = new int[rows];
    this.paths = new Path[rows];
    this.logProbabilities = new double[rows];
    Arrays.fill(alive, 1);
    Arrays.fill(symbols, search.start());
    for (int n = 0; n < batch; n++) {
      ended.add(new ArrayList<>());
    }
  }

  /// Whether anything goes on.
  boolean isAlive() {
    return Arrays.stream(alive).anyMatch(beams -> beams > 0);
  }

  /// The last symbol of each row: what the network reads next.
  int[] symbols() {
    return symbols;
  }

  /// The row that each row goes on from, or [#NONE].
  int[] parents() {
    return parents;
  }

  /// One symbol more.
  ///
  /// @param logs (rows, vocabulary), log-probabilities of each row's next symbol
  void advance(float[] logs) {
    length++;
    Path[] nextPaths = new Path[paths.length];
    double[] nextLogs = new double[paths.length];
    Arrays.fill(parents, NONE);
    Arrays.fill(symbols, search.end());
    for (int n = 0; n < alive.length; n++) {
      select(n, logs);
      int row = n * search.width();
      for (Candidate candidate : best) {
        Path path = new Path(paths[candidate.row], candidate.symbol);
        boolean isComplete = candidate.symbol == search.end();
        if (isComplete || length == search.maxLength()) {
          ended.get(n).add(hypothesis(path, candidate.logProbability, isComplete));
        } else {
          nextPaths[row] = path;
          nextLogs[row] = candidate.logProbability;
          symbols[row] = candidate.symbol;
          parents[row] = candidate.row;
          row++;
        }
      }
      alive[n] = row - n * search.width();
    }
    paths = nextPaths;
    logProbabilities = nextLogs;
  }

  /// The most likely candidates of a source, as many as have not ended yet, best first.
  private void select(int n, float[] logs) {
    int room = search.width() - ended.get(n).size();
    best.clear();
    for (int row = n * search.width(); row < n * search.width() + alive[n]; row++) {
      for (int symbol = 0; symbol < vocabulary; symbol++) {
        double sum = logProbabilities[row] + logs[row * vocabulary + symbol];
        boolean isBetter = best.size() < room || sum > best.getLast().logProbability;
        if (isBetter && sum > Double.NEGATIVE_INFINITY) {
          insert(new Candidate(sum, row, symbol), room);
        }
      }
    }
  }

  private void insert(Candidate candidate, int room) {
    if (best.size() == room) {
      best.removeLast();
    }
    int at = best.size();
    while (at > 0 && best.get(at - 1).logProbability < candidate.logProbability) {
      at--;
    }
    best.add(at, candidate);
  }

  private Hypothesis hypothesis(Path path, double logProbability, boolean isComplete) {
    return new Hypothesis(
        Path.symbols(isComplete ? path.before : path),
        logProbability,
        search.score(logProbability, length),
        isComplete);
  }

  /// What ended, for each source, best first.
  List<List<Hypothesis>> ranked() {
    Comparator<Hypothesis> byScore = Comparator.comparingDouble(Hypothesis::score);
    return ended.stream().map(all -> all.stream().sorted(byScore.reversed()).toList()).toList();
  }
}
