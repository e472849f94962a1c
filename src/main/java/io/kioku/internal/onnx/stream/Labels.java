package io.kioku.internal.onnx.stream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The dimensions that a file leaves open: which are the same, and which are time.
final class Labels {
  private final List<Integer> parents = new ArrayList<>();
  private final List<String> origins = new ArrayList<>(); // null: an input's axis
  private final Map<Integer, Long> multiples = new HashMap<>(); // of those that are time

  /// A dimension like no other so far.
  ///
  /// @param origin why it is not known to be one of an input; null: it is
  int fresh(String origin) {
    parents.add(parents.size());
    origins.add(origin);
    return parents.size() - 1;
  }

  private int find(int label) {
    int root = label;
    while (parents.get(root) != root) {
      root = parents.get(root);
    }
    return root;
  }

  boolean same(int a, int b) {
    return find(a) == find(b);
  }

  /// Says that two are the same.
  void unify(int a, int b) {
    int first = find(a);
    int second = find(b);
    if (first == second) {
      return;
    }
    boolean keepsFirst = origins.get(first) == null;
    int root = keepsFirst ? first : second;
    int other = keepsFirst ? second : first;
    parents.set(other, root);
    Long multiple = multiples.remove(other);
    if (multiple != null) {
      multiples.merge(root, multiple, Labels::common);
    }
  }

  /// Why it is not known to be an input's; null: it is one's.
  String origin(int label) {
    return origins.get(find(label));
  }

  void makeTime(int label) {
    multiples.putIfAbsent(find(label), 1L);
  }

  boolean isTime(Atom atom) {
    return !atom.isNumber() && multiples.containsKey(find(atom.label()));
  }

  boolean hasTime(Axis axis) {
    return axis.atoms().stream().anyMatch(this::isTime);
  }

  /// Says that chunks are divided so often.
  void divide(Atom atom) {
    multiples.computeIfPresent(find(atom.label()), (label, old) -> common(old, atom.over()));
  }

  /// What the length of each chunk is a multiple of.
  long multiple(int label) {
    return multiples.getOrDefault(find(label), 1L);
  }

  private static long common(long a, long b) {
    return Math.multiplyExact(a / Atom.gcd(a, b), b);
  }
}
