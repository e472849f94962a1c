package io.kioku.internal.onnx.op.control;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// Operators that run graphs: branches and loops.
public final class ControlOperators {
  private ControlOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "If" -> new If(node, context);
      case "Loop" -> new Loop(node, context);
      case "Scan" -> new Scan(node, context);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }
}
