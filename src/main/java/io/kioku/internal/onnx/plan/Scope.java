package io.kioku.internal.onnx.plan;

import java.util.HashMap;
import java.util.Map;

/// What names mean: in a graph, and in the graphs around it.
final class Scope<T> {
  private final Scope<T> outer;
  private final Map<String, T> own = new HashMap<>();

  /// @param outer of the graph around; null if there is none
  Scope(Scope<T> outer) {
    this.outer = outer;
  }

  /// What a name means; null if nothing.
  T get(String name) {
    T found = own.get(name);
    return found != null || outer == null ? found : outer.get(name);
  }

  /// Gives a name a meaning.
  ///
  /// @return false if this graph has given it one before
  boolean put(String name, T meaning) {
    return own.putIfAbsent(name, meaning) == null;
  }
}
