package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Operator;
import java.util.List;

/// A node, what computes it, and what is known of its outputs.
public record PlannedNode(GraphNode node, Operator operator, List<ValueInfo> outputs) {}
