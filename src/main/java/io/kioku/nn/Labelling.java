package io.kioku.nn;

import java.util.List;

/// A sequence of labels that a [CtcDecoder] found.
///
/// @param labels without blanks, repeats joined
/// @param logProbability the natural logarithm of the probability of the alignments that were
///   counted
public record Labelling(List<Integer> labels, double logProbability) {
  /// Copies the list.
  public Labelling {
    labels = List.copyOf(labels);
  }
}
