package io.kioku.internal.backend;

import io.kioku.cell.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A cell that a backend has kernels for, recognised by its equations: the names that it has for
/// its parameters, in the order of the kernel.
///
/// @param kernel what the backend calls the cell
/// @param inputMatrices of each gate
/// @param recurrentMatrices of each gate
/// @param vectors biases and peepholes
/// @param projection the matrix that makes the output; null if there is none
/// @param hasMemory whether there is a second state, `c`
public record KnownCell<K>(
    K kernel,
    List<String> inputMatrices,
    List<String> recurrentMatrices,
    List<String> vectors,
    String projection,
    boolean hasMemory) {
  /// What a backend has a kernel for: a cell of ours, and the kernel's order of its gates and
  /// vectors, separated by spaces.
  public record Pattern<K>(Cell cell, K kernel, String gates, String vectors) {}

  /// The first pattern whose cell is the same, whatever its names.
  public static <K> Optional<KnownCell<K>> find(Cell cell, List<Pattern<K>> patterns) {
    for (Pattern<K> pattern : patterns) {
      if (pattern.cell.sameAs(cell)) {
        return Optional.of(of(pattern, pattern.cell.namesIn(cell)));
      }
    }
    return Optional.empty();
  }

  private static <K> KnownCell<K> of(Pattern<K> pattern, Map<String, String> names) {
    return new KnownCell<>(
        pattern.kernel,
        named("W_", pattern.gates, names),
        named("R_", pattern.gates, names),
        named("", pattern.vectors, names),
        names.get("P_h"),
        names.containsKey("c"));
  }

  private static List<String> named(String prefix, String words, Map<String, String> names) {
    List<String> named = new ArrayList<>();
    for (String word : words.split(" ", -1)) {
      named.add(names.get(prefix + word)); // null for what the cell does not have
    }
    return named;
  }
}
