package io.kioku.nn;

import io.kioku.Weights;
import io.kioku.format.Tensor;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;

/// Sizes that are read off tensors instead of being known before.
final class Matrices {
  private Matrices() {}

  /// A matrix of any size.
  ///
  /// @throws IllegalArgumentException if it is missing, has no rows or columns, or is no matrix
  static Tensor find(Weights weights, String name) {
    Tensor tensor =
        weights
            .find(name)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "%s: no tensor %s, expected a matrix".formatted(weights, name)));
    if (tensor.rank() != 2 || !isSize(tensor.dim(0)) || !isSize(tensor.dim(1))) {
      throw new IllegalArgumentException(
          "%s: %s is %s, expected a matrix with at least one row and column"
              .formatted(weights, name, tensor));
    }
    return tensor;
  }

  private static boolean isSize(long dim) {
    return dim > 0 && dim <= Integer.MAX_VALUE;
  }

  static int rows(Tensor matrix) {
    return (int) matrix.dim(0);
  }

  static int columns(Tensor matrix) {
    return (int) matrix.dim(1);
  }

  /// Refuses tensors that nobody reads: what they stand for would be left out of the computation.
  ///
  /// @throws IllegalArgumentException if there are names other than those
  static void checkNames(Weights weights, Set<String> known) {
    Set<String> unexpected = new LinkedHashSet<>(weights.names());
    unexpected.removeAll(known);
    if (!unexpected.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: unexpected tensors %s, expected %s"
              .formatted(weights, unexpected, new TreeSet<>(known)));
    }
  }

  /// The same for parts of a model.
  ///
  /// @throws IllegalArgumentException if there are names that begin with none of those
  static void checkPrefixes(Weights weights, Set<String> known) {
    Set<String> unexpected = new LinkedHashSet<>(weights.names());
    unexpected.removeIf(name -> known.stream().anyMatch(name::startsWith));
    if (!unexpected.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: unexpected tensors %s, expected names that begin with %s"
              .formatted(weights, unexpected, new TreeSet<>(known)));
    }
  }
}
