package io.kioku.internal.onnx.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/// Names of dimensions that are not fixed. In shapes such a dimension is a negative number: -1 for
/// one without a name, which equals no other; -2 and below for one with a name.
public final class Symbols {
  /// A dimension about which nothing is known.
  public static final long UNKNOWN = -1;

  private final List<String> names = new ArrayList<>();

  /// The number that stands for a name.
  public long of(String name) {
    if (name.isEmpty()) {
      return UNKNOWN;
    }
    int index = names.indexOf(name);
    if (index < 0) {
      names.add(name);
      index = names.size() - 1;
    }
    return -2L - index;
  }

  /// A shape as text, such as `[2, batch, ?]`; `[...]` if nothing is known of it.
  public String text(long[] dims) {
    if (dims == null) {
      return "[...]";
    }
    StringJoiner text = new StringJoiner(", ", "[", "]");
    for (long dim : dims) {
      text.add(text(dim));
    }
    return text.toString();
  }

  /// A dimension as text.
  public String text(long dim) {
    if (dim >= 0) {
      return Long.toString(dim);
    }
    return dim == UNKNOWN ? "?" : names.get(Math.toIntExact(-2 - dim));
  }
}
