package io.kioku.internal.backend;

import java.util.Map;

/// The values of a cell's parameters by the names in its equations: matrices row-major, (rows,
/// columns).
public record Parameters(Map<String, float[]> values) {
  /// The values of one parameter.
  public float[] get(String name) {
    float[] found = values.get(name);
    if (found == null) {
      throw new IllegalStateException("no parameter " + name + "; there are " + values.keySet());
    }
    return found;
  }
}
