package io.kioku.internal.onnx.op.normalize;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// Soft-max and normalisations.
public final class NormalizeOperators {
  private NormalizeOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "Softmax" -> Softmax.softmax(node, context);
      case "LogSoftmax" -> Softmax.logSoftmax(node, context);
      case "Hardmax", "LpNormalization" -> new Norms.AlongAxis(node);
      case "MeanVarianceNormalization" -> new Norms.OverAxes(node);
      case "GroupNormalization" -> new Norms.OfGroups(node);
      case "RMSNormalization" -> new Norms.RootMeanSquare(node);
      case "BatchNormalization" -> BatchNormalization.of(node, context);
      case "InstanceNormalization" -> InstanceNormalization.of(node, context);
      case "LayerNormalization" -> LayerNormalization.of(node, context);
      default -> throw new IllegalArgumentException(node.qualifiedOperator());
    };
  }
}
