package io.kioku.onnx;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What a model's file says about itself.
///
/// @param producer the program that wrote it, with its version; empty if the file does not say
/// @param irVersion the version of ONNX's file format
/// @param operatorSets the version of each domain's operators; ONNX's own are `ai.onnx`
public record OnnxOrigin(String producer, long irVersion, SortedMap<String, Long> operatorSets) {
  /// Copies the map.
  public OnnxOrigin {
    operatorSets = Collections.unmodifiableSortedMap(new TreeMap<>(operatorSets));
  }

  /// As in `written by pytorch 2.1.0, operator sets ai.onnx 17`.
  @Override
  public String toString() {
    return operatorSets.entrySet().stream()
        .map(set -> set.getKey() + " " + set.getValue())
        .collect(
            Collectors.joining(
                ", ",
                producer.isEmpty()
                    ? "operator sets "
                    : "written by %s, operator sets ".formatted(producer),
                ""));
  }
}
