package io.kioku.internal.onnx.proto;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// `ValueInfoProto` with its type.
///
/// @param kind what it is
/// @param dataType of a tensor's elements, or of those of a sequence's tensors; 0 if it is open
/// @param dims of a tensor; null if their number is open
public record ValueMessage(String name, Kind kind, int dataType, List<Dim> dims) {
  /// Which of `TypeProto`'s values there is.
  public enum Kind {
    /// None, which says nothing of the value.
    OPEN,
    TENSOR,
    SEQUENCE,
    MAP,
    OPAQUE,
    SPARSE_TENSOR,
    OPTIONAL
  }

  /// A dimension: a number if it has no name.
  ///
  /// @param name what equal dimensions have in common; null if it has a size
  public record Dim(String name, long size) {}

  static ValueMessage read(Wire wire) throws IOException {
    String name = "";
    ValueMessage type = new ValueMessage("", Kind.OPEN, 0, null);
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> name = wire.text();
        case 2 -> type = type(wire.message());
        default -> wire.skip();
      }
    }
    return type.named(name);
  }

  private static ValueMessage type(Wire wire) throws IOException {
    ValueMessage type = new ValueMessage("", Kind.OPEN, 0, null);
    while (wire.next()) {
      Kind kind =
          switch (wire.field()) {
            case 1 -> Kind.TENSOR;
            case 4 -> Kind.SEQUENCE;
            case 5 -> Kind.MAP;
            case 7 -> Kind.OPAQUE;
            case 8 -> Kind.SPARSE_TENSOR;
            case 9 -> Kind.OPTIONAL;
            default -> null;
          };
      if (kind == Kind.TENSOR) {
        type = tensor(wire.message());
      } else if (kind == Kind.SEQUENCE) {
        type = sequence(wire.message());
      } else {
        type = kind == null ? type : new ValueMessage("", kind, 0, null);
        wire.skip();
      }
    }
    return type;
  }

  /// A sequence of anything but tensors is said to be opaque.
  private static ValueMessage sequence(Wire wire) throws IOException {
    ValueMessage element = new ValueMessage("", Kind.OPEN, 0, null);
    while (wire.next()) {
      if (wire.field() == 1) {
        element = type(wire.message());
      } else {
        wire.skip();
      }
    }
    boolean isOfTensors = element.kind == Kind.TENSOR || element.kind == Kind.OPEN;
    return new ValueMessage("", isOfTensors ? Kind.SEQUENCE : Kind.OPAQUE, element.dataType, null);
  }

  private static ValueMessage tensor(Wire wire) throws IOException {
    int dataType = 0;
    List<Dim> dims = null;
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> dataType = (int) wire.whole();
        case 2 -> dims = shape(wire.message());
        default -> wire.skip();
      }
    }
    return new ValueMessage("", Kind.TENSOR, dataType, dims);
  }

  private static List<Dim> shape(Wire wire) throws IOException {
    List<Dim> dims = new ArrayList<>();
    while (wire.next()) {
      if (wire.field() == 1) {
        dims.add(dim(wire.message()));
      } else {
        wire.skip();
      }
    }
    return dims;
  }

  private static Dim dim(Wire wire) throws IOException {
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

  /// The same under another name.
  public ValueMessage named(String other) {
    return new ValueMessage(other, kind, dataType, dims);
  }
}
