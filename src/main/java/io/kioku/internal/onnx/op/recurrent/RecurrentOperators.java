package io.kioku.internal.onnx.op.recurrent;

import io.kioku.internal.onnx.graph.Node;
import io.kioku.internal.onnx.op.Operator;
import io.kioku.internal.onnx.op.OperatorContext;

/// LSTM, GRU and RNN, and `com.microsoft.DynamicQuantizeLSTM`.
public final class RecurrentOperators {
  private RecurrentOperators() {}

  /// The operator of a node, by its name.
  public static Operator of(Node node, OperatorContext context) {
    return switch (node.qualifiedOperator()) {
      case "com.microsoft.DynamicQuantizeLSTM" -> DynamicQuantizeLstm.of(node, context);
      default -> RecurrentOperator.of(RecurrentKind.valueOf(node.operator()), node, context);
    };
  }
}
