package io.kioku.internal.onnx.graph;

import java.util.List;
import java.util.Map;

/// Nodes in an order in which each follows what it reads, with the tensors that the file gives. A
/// subgraph may read the values of the graphs around it, by name.
///
/// @param inputs without those that an initializer gives a value
public record Graph(
    String name,
    List<GraphNode> nodes,
    List<ValueInfo> inputs,
    List<ValueInfo> outputs,
    Map<String, Constant> initializers) {}
