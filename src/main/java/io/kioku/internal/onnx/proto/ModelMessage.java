package io.kioku.internal.onnx.proto;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// `ModelProto`, the content of an ONNX file. This and the other messages of
/// [onnx.proto](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) have what is looked at; a
/// text that is not there is empty, a message null.
public record ModelMessage(
    long irVersion,
    String producerName,
    String producerVersion,
    List<OperatorSet> operatorSets,
    GraphMessage graph,
    List<FunctionMessage> functions) {
  /// `OperatorSetIdProto`.
  public record OperatorSet(String domain, long version) {
    static OperatorSet read(Wire wire) throws WireException {
      String domain = "";
      long version = 0;
      while (wire.next()) {
        switch (wire.field()) {
          case 1 -> domain = wire.text();
          case 2 -> version = wire.whole();
          default -> wire.skip();
        }
      }
      return new OperatorSet(domain, version);
    }
  }

  /// Reads a file's bytes. The tensors are slices of them.
  ///
  /// @throws WireException if they are no such message, or damaged
  public static ModelMessage read(MemorySegment bytes) throws WireException {
    long irVersion = 0;
    String producerName = "";
    String producerVersion = "";
    List<OperatorSet> operatorSets = new ArrayList<>();
    Wire graph = null;
    List<FunctionMessage> functions = new ArrayList<>();
    Wire wire = Wire.of(bytes);
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> irVersion = wire.whole();
        case 2 -> producerName = wire.text();
        case 3 -> producerVersion = wire.text();
        case 7 -> graph = wire.message(graph);
        case 8 -> operatorSets.add(OperatorSet.read(wire.message()));
        case 25 -> functions.add(FunctionMessage.read(wire.message()));
        default -> wire.skip();
      }
    }
    return new ModelMessage(
        irVersion,
        producerName,
        producerVersion,
        operatorSets,
        graph == null ? null : GraphMessage.read(graph),
        functions);
  }
}
