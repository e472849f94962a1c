package io.kioku.internal.onnx.graph;

import java.util.Arrays;
import java.util.stream.Collectors;

/// A shape in a message: dimensions that are not fixed are shown as the file calls them, see
/// [Symbols], or as question marks where its names are not at hand.
///
/// @param values null: nothing is known
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Dims(long... values) {
  /// As text, with the file's names.
  String text(Symbols symbols) {
    return symbols.text(values);
  }

  @Override
  public String toString() {
    return values == null
        ? "[...]"
        : Arrays.stream(values)
            .mapToObj(dim -> dim < 0 ? "?" : Long.toString(dim))
            .collect(Collectors.joining(", ", "[", "]"));
  }
}
