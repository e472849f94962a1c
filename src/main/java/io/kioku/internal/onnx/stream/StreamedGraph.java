package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Graph;
import java.util.List;

/// A graph that goes through time chunk by chunk.
///
/// @param graph with the states as its last inputs and outputs, in order
/// @param inputs which of their axes are time
/// @param outputs likewise
/// @param batches which axes of the inputs have a row for each stream
public record StreamedGraph(
    Graph graph,
    List<StreamState> states,
    List<ValueAxis> inputs,
    List<ValueAxis> outputs,
    List<ValueAxis> batches) {}
