package io.kioku.nn;

import java.util.List;

/// A sequence that a [SequenceDecoder] found.
///
/// @param symbols what was written, without the start symbol and the end symbol
/// @param logProbability the natural logarithm of its probability, that of the end symbol included
/// @param score the same after [length normalisation][Search]; what hypotheses are ranked by
/// @param isComplete whether it came to its end symbol before the greatest length
public record Hypothesis(
    List<Integer> symbols, double logProbability, double score, boolean isComplete) {
  /// Copies the list.
  public Hypothesis {
    symbols = List.copyOf(symbols);
  }
}
