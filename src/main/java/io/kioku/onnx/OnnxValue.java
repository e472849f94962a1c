package io.kioku.onnx;

import io.kioku.format.ElementType;
import java.util.List;
import java.util.Optional;

/// An input or output of a model.
///
/// @param name as in the file
/// @param type the element type; empty if neither the file says it nor can it be found out
/// @param shape one text for each dimension: a number, a name such as `batch`, or `?`; empty if the
///   number of dimensions is unknown
public record OnnxValue(String name, Optional<ElementType> type, Optional<List<String>> shape) {
  /// As in `state float[2, batch, 128]`.
  @Override
  public String toString() {
    return name
        + " "
        + type.map(ElementType::toString).orElse("?")
        + shape.map(List::toString).orElse("[...]");
  }
}
