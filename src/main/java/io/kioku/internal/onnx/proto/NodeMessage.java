package io.kioku.internal.onnx.proto;

import java.util.ArrayList;
import java.util.List;

/// `NodeProto`.
///
/// @param operator its `op_type`
public record NodeMessage(
    String name,
    String domain,
    String operator,
    List<String> inputs,
    List<String> outputs,
    List<AttributeMessage> attributes) {
  static NodeMessage read(Wire wire) throws WireException {
    String name = "";
    String domain = "";
    String operator = "";
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    List<AttributeMessage> attributes = new ArrayList<>();
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> inputs.add(wire.text());
        case 2 -> outputs.add(wire.text());
        case 3 -> name = wire.text();
        case 4 -> operator = wire.text();
        case 5 -> attributes.add(AttributeMessage.read(wire.message()));
        case 7 -> domain = wire.text();
        default -> wire.skip();
      }
    }
    return new NodeMessage(name, domain, operator, inputs, outputs, attributes);
  }
}
