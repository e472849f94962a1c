package io.kioku.cli;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What a model's file says about itself: who wrote it, and in which version of ONNX.
///
/// @param producer with its version; empty if it does not say
/// @param operatorSets versions by domain
record OnnxOrigin(String producer, long irVersion, Map<String, Long> operatorSets) {

  /// @param file that has been loaded
  static OnnxOrigin of(Path file) {
    try {
      ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));
      String producer = "%s %s".formatted(model.getProducerName(), model.getProducerVersion());
      return new OnnxOrigin(
          producer.strip(),
          model.getIrVersion(),
          model.getOpsetImportList().stream()
              .collect(
                  Collectors.toMap(
                      set -> set.getDomain().isEmpty() ? "ai.onnx" : set.getDomain(),
                      OperatorSetIdProto::getVersion,
                      (one, other) -> other,
                      TreeMap::new)));
    } catch (IOException e) {
      throw UserError.reading(file, e);
    }
  }

  void writeTo(JsonGenerator json) throws IOException {
    json.writeStringField("producer", producer.isEmpty() ? null : producer);
    json.writeNumberField("irVersion", irVersion);
    json.writeObjectFieldStart("operatorSets");
    for (Map.Entry<String, Long> set : operatorSets.entrySet()) {
      json.writeNumberField(set.getKey(), set.getValue());
    }
    json.writeEndObject();
  }

  @Override
  public String toString() {
    return "%soperator sets %s"
        .formatted(
            producer.isEmpty() ? "" : "written by " + producer + ", ",
            operatorSets.entrySet().stream()
                .map(set -> set.getKey() + " " + set.getValue())
                .collect(Collectors.joining(", ")));
  }
}
