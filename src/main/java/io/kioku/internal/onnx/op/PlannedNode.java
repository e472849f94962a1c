package io.kioku.internal.onnx.op;

import io.kioku.internal.onnx.graph.GraphNode;
import io.kioku.internal.onnx.graph.ValueInfo;
import java.util.List;

/// A node, what computes it, and what is known of its outputs. Compared by identity.
public record PlannedNode(GraphNode node, Operator operator, List<ValueInfo> outputs) {
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
