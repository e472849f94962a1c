package io.kioku.cli;

import io.kioku.nn.Logits;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// A byte that a language model expects.
///
/// @param symbol 0 to 255
/// @param probability how sure the model is, from 0 to 1
record Prediction(int symbol, double probability) {
  /// The most likely bytes, the best first; of equal ones, the smaller byte.
  ///
  /// @throws IllegalArgumentException if no probabilities follow from the logits
  static List<Prediction> best(float[] logits, int count) {
    double[] probabilities = Logits.probabilities(logits);
    return IntStream.range(0, probabilities.length)
        .mapToObj(symbol -> new Prediction(symbol, probabilities[symbol]))
        .sorted(Comparator.comparingDouble(Prediction::probability).reversed())
        .limit(count)
        .toList();
  }

  /// In whole percents.
  long percent() {
    return Math.round(100 * probability);
  }
}
