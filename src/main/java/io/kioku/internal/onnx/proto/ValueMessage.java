package io.kioku.internal.onnx.proto;

/// `ValueInfoProto`.
public record ValueMessage(String name, TypeMessage type) {
  static ValueMessage read(Wire wire) throws WireException {
    String name = "";
    Wire type = null;
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> name = wire.text();
        case 2 -> type = wire.message(type);
        default -> wire.skip();
      }
    }
    return new ValueMessage(name, type == null ? TypeMessage.OPEN : TypeMessage.read(type));
  }

  /// The same under another name.
  public ValueMessage named(String other) {
    return new ValueMessage(other, type);
  }
}
