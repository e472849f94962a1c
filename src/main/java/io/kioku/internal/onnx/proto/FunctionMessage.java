package io.kioku.internal.onnx.proto;

import io.kioku.internal.onnx.proto.ModelMessage.OperatorSet;
import java.util.ArrayList;
import java.util.List;

/// `FunctionProto`.
///
/// @param defaults the attributes that a call may leave out
public record FunctionMessage(
    String name,
    String domain,
    List<String> inputs,
    List<String> outputs,
    List<AttributeMessage> defaults,
    List<NodeMessage> nodes,
    List<OperatorSet> operatorSets) {
  static FunctionMessage read(Wire wire) throws WireException {
    String name = "";
    String domain = "";
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    List<AttributeMessage> defaults = new ArrayList<>();
    List<NodeMessage> nodes = new ArrayList<>();
    List<OperatorSet> operatorSets = new ArrayList<>();
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> name = wire.text();
        case 4 -> inputs.add(wire.text());
        case 5 -> outputs.add(wire.text());
        case 7 -> nodes.add(NodeMessage.read(wire.message()));
        case 9 -> operatorSets.add(OperatorSet.read(wire.message()));
        case 10 -> domain = wire.text();
        case 11 -> defaults.add(AttributeMessage.read(wire.message()));
        default -> wire.skip();
      }
    }
    return new FunctionMessage(name, domain, inputs, outputs, defaults, nodes, operatorSets);
  }
}
