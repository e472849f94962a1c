package io.kioku.internal.onnx.proto;

import java.util.ArrayList;
import java.util.List;

/// `GraphProto`.
public record GraphMessage(
    String name,
    List<NodeMessage> nodes,
    List<ValueMessage> inputs,
    List<ValueMessage> outputs,
    List<TensorMessage> initializers,
    boolean hasSparseInitializers) {
  static GraphMessage read(Wire wire) throws WireException {
    String name = "";
    List<NodeMessage> nodes = new ArrayList<>();
    List<ValueMessage> inputs = new ArrayList<>();
    List<ValueMessage> outputs = new ArrayList<>();
    List<TensorMessage> initializers = new ArrayList<>();
    boolean hasSparseInitializers = false;
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> nodes.add(NodeMessage.read(wire.message()));
        case 2 -> name = wire.text();
        case 5 -> initializers.add(TensorMessage.read(wire.message()));
        case 11 -> inputs.add(ValueMessage.read(wire.message()));
        case 12 -> outputs.add(ValueMessage.read(wire.message()));
        case 15 -> {
          hasSparseInitializers = true;
          wire.skip();
        }
        default -> wire.skip();
      }
    }
    return new GraphMessage(name, nodes, inputs, outputs, initializers, hasSparseInitializers);
  }
}
