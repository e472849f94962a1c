package io.kioku.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.kioku.onnx.OnnxModel;
import io.kioku.onnx.OnnxNode;
import io.kioku.onnx.OnnxOrigin;
import io.kioku.onnx.OnnxValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/// `kioku show`: what an ONNX model takes and gives, and how it is computed.
@Command(
    name = "show",
    description = {
      "Prints an ONNX model's inputs and outputs, its operators, and the steps of a run: what"
          + " computes each, and the types and shapes it gives. Steps of branches and loops stand"
          + " indented below theirs; what was computed on loading is none."
    })
final class ShowCommand implements Callable<Integer> {
  @ParentCommand private Main main;
  @Mixin private LoadOptions model;

  @Option(names = "--json", description = "Print a JSON document.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    try (OnnxModel loaded = model.load()) {
      main.print(json ? document(loaded) : text(loaded));
    }
    return 0;
  }

  /// How many steps have each operator, most first.
  private static Map<String, Long> counts(List<OnnxNode> nodes) {
    Map<String, Long> counts =
        nodes.stream()
            .collect(
                Collectors.groupingBy(OnnxNode::operator, TreeMap::new, Collectors.counting()));
    Map<String, Long> sorted = new LinkedHashMap<>();
    counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }

  private String text(OnnxModel loaded) {
    List<OnnxNode> nodes = loaded.nodes();
    String operators =
        counts(nodes).entrySet().stream()
            .map(entry -> entry.getKey() + (entry.getValue() > 1 ? " × " + entry.getValue() : ""))
            .collect(Collectors.joining(", "));
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("step", "operator", "backend", "output"));
    for (OnnxNode node : nodes) {
      rows.add(
          List.of(
              "  ".repeat(node.depth()) + node.name(),
              node.operator(),
              node.backend(),
              node.outputs().stream().map(ShowCommand::shape).collect(Collectors.joining(", "))));
    }
    return "%s: %s\n\ninputs\n%s\noutputs\n%s\noperators of the %d steps\n  %s\n\n%s"
        .formatted(
            model.file(),
            loaded.origin(),
            values(loaded.inputs()),
            values(loaded.outputs()),
            nodes.size(),
            operators.isEmpty() ? "none" : operators,
            Columns.lines("", rows));
  }

  private static String values(List<OnnxValue> values) {
    return Columns.lines(
        "  ", values.stream().map(value -> List.of(value.name(), shape(value))).toList());
  }

  /// As in `float[2, batch, 128]`.
  private static String shape(OnnxValue value) {
    return value.toString().substring(value.name().length() + 1);
  }

  private String document(OnnxModel loaded) throws IOException {
    return Json.object(json -> {
      json.writeStringField("file", model.file().toString());
      write(json, loaded.origin());
      write(json, "inputs", loaded.inputs());
      write(json, "outputs", loaded.outputs());
      write(json, "operators", counts(loaded.nodes()));
      json.writeArrayFieldStart("steps");
      for (OnnxNode node : loaded.nodes()) {
        json.writeStartObject();
        json.writeStringField("name", node.name());
        json.writeStringField("operator", node.operator());
        json.writeStringField("backend", node.backend());
        json.writeNumberField("depth", node.depth());
        write(json, "outputs", node.outputs());
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }

  private static void write(JsonGenerator json, OnnxOrigin origin) throws IOException {
    json.writeStringField("producer", origin.producer().isEmpty() ? null : origin.producer());
    json.writeNumberField("irVersion", origin.irVersion());
    write(json, "operatorSets", origin.operatorSets());
  }

  private static void write(JsonGenerator json, String field, Map<String, Long> numbers)
      throws IOException {
    json.writeObjectFieldStart(field);
    for (Map.Entry<String, Long> number : numbers.entrySet()) {
      json.writeNumberField(number.getKey(), number.getValue());
    }
    json.writeEndObject();
  }

  /// What is not known is null; an open dimension is its name, or null.
  private static void write(JsonGenerator json, String field, List<OnnxValue> values)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (OnnxValue value : values) {
      json.writeStartObject();
      json.writeStringField("name", value.name());
      json.writeStringField("type", value.type().map(Object::toString).orElse(null));
      if (value.shape().isEmpty()) {
        json.writeNullField("shape");
      } else {
        json.writeArrayFieldStart("shape");
        for (String dim : value.shape().get()) {
          if (dim.matches("\\d+")) {
            json.writeNumber(Long.parseLong(dim));
          } else {
            json.writeString(dim.equals("?") ? null : dim);
          }
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
