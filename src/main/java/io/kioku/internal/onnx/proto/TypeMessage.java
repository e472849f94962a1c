package io.kioku.internal.onnx.proto;

import java.util.ArrayList;
import java.util.List;

/// `TypeProto`.
///
/// @param kind what it is of
/// @param dataType of a tensor's elements; 0 if it is open
/// @param dims of a tensor; null if their number is open
/// @param element what a sequence or an optional has; null if that is open
public record TypeMessage(Kind kind, int dataType, List<Dim> dims, TypeMessage element) {
  /// Which of `TypeProto`'s values there is.
  public enum Kind {
    /// None, which says nothing of the value.
    OPEN,
    TENSOR,
    SEQUENCE,
    MAP,
    OPAQUE,
    SPARSE_TENSOR,
    OPTIONAL;

    private static Kind of(int field) {
      return switch (field) {
        case 1 -> TENSOR;
        case 4 -> SEQUENCE;
        case 5 -> MAP;
        case 7 -> OPAQUE;
        case 8 -> SPARSE_TENSOR;
        case 9 -> OPTIONAL;
        default -> OPEN;
      };
    }
  }

  /// A dimension: a number if it has no name.
  ///
  /// @param name what equal dimensions have in common; null if it has a size
  public record Dim(String name, long size) {}

  /// Says nothing.
  static final TypeMessage OPEN = of(Kind.OPEN);

  private static TypeMessage of(Kind kind) {
    return new TypeMessage(kind, 0, null, null);
  }

  static TypeMessage read(Wire wire) throws WireException {
    Kind kind = Kind.OPEN;
    Wire value = null;
    while (wire.next()) {
      Kind next = Kind.of(wire.field());
      if (next == Kind.OPEN) {
        wire.skip();
      } else { // the last kind counts
        value = wire.message(next == kind ? value : null);
        kind = next;
      }
    }
    return switch (kind) {
      case TENSOR -> tensor(value);
      case SEQUENCE, OPTIONAL -> new TypeMessage(kind, 0, null, element(value));
      default -> of(kind);
    };
  }

  private static TypeMessage element(Wire wire) throws WireException {
    Wire element = null;
    while (wire.next()) {
      if (wire.field() == 1) {
        element = wire.message(element);
      } else {
        wire.skip();
      }
    }
    return element == null ? null : read(element);
  }

  private static TypeMessage tensor(Wire wire) throws WireException {
    int dataType = 0;
    Wire shape = null;
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> dataType = (int) wire.whole();
        case 2 -> shape = wire.message(shape);
        default -> wire.skip();
      }
    }
    return new TypeMessage(Kind.TENSOR, dataType, shape == null ? null : dims(shape), null);
  }

  private static List<Dim> dims(Wire shape) throws WireException {
    List<Dim> dims = new ArrayList<>();
    while (shape.next()) {
      if (shape.field() == 1) {
        dims.add(dim(shape.message()));
      } else {
        shape.skip();
      }
    }
    return dims;
  }

  private static Dim dim(Wire wire) throws WireException {
    Dim dim = new Dim("", 0);
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> dim = new Dim(null, wire.whole());
        case 2 -> dim = new Dim(wire.text(), 0);
        default -> wire.skip();
      }
    }
    return dim;
  }
}
