package io.kioku.internal.backend;

import io.kioku.cell.Node;
import io.kioku.cell.Operation;
import java.util.LinkedHashMap;
import java.util.Map;

/// Where the named values of a cell's equations lie in a row of a trace: one after the other, in
/// the order of the text.
public final class TraceLayout {
  private final Map<String, Integer> offsets = new LinkedHashMap<>();
  private final LayerSpec spec;
  private final int width;

  public TraceLayout(LayerSpec spec) {
    this.spec = spec;
    int at = 0;
    for (Map.Entry<String, Node> value : spec.cell().values().entrySet()) {
      if (value.getValue().operation() == Operation.TICK) {
        continue; // the clock has no equation
      }
      offsets.put(value.getKey(), at);
      at = Math.addExact(at, spec.size(value.getValue()));
    }
    this.width = at;
  }

  /// Floats of one step and stream.
  public int width() {
    return width;
  }

  /// The names on the left of the equations, with their first float.
  public Map<String, Integer> offsets() {
    return offsets;
  }

  /// The elements of a value.
  public int size(String name) {
    return spec.size(spec.cell().values().get(name));
  }
}
