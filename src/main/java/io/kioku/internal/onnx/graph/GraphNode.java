package io.kioku.internal.onnx.graph;

import java.util.List;

/// One operator call of a graph.
///
/// @param name the file's name of it, or its first output's, or the operator's and its number
/// @param domain empty for ONNX's own operators
/// @param operator such as `LSTM`
/// @param version of the domain's operator set
/// @param inputs names of values; empty for one that is left out
/// @param outputs names of values; empty for one that nobody wants
public record GraphNode(
    String name,
    String domain,
    String operator,
    int version,
    List<String> inputs,
    List<String> outputs,
    Attributes attributes) {
  /// The operator with its domain, such as `com.microsoft.DynamicQuantizeLSTM`.
  public String qualifiedOperator() {
    return domain.isEmpty() ? operator : domain + "." + operator;
  }

  @Override
  public String toString() {
    return "'" + name + "' (" + qualifiedOperator() + ")";
  }
}
