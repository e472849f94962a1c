package io.kioku.internal.onnx.op;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.ValueInfo;
import java.util.List;

/// A node, what computes it, and what is known of its outputs.
public record PlannedNode(GraphNode node, Operator operator, List<ValueInfo> outputs) {}
